"""Projections between parsers that are not in the paper: P_t(h → i, r | x) of arcs and of labels that denote arcs."""

from __future__ import annotations

from skd_plugin.structures.algebra.part_spaces import Arcs, ArcTokens
from skd_plugin.structures.projections.table import projection
from skd_plugin.structures.trees.arc_factored import ArcFactored
from skd_plugin.structures.trees.arc_labels import ArcLabels
from skd_plugin.structures.trees.head_selection import HeadSelection
from skd_plugin.structures.trees.non_projective_tree import NonProjectiveTree
from skd_plugin.structures.trees.parsing import Parsing
from skd_plugin.structures.trees.projective_tree import ProjectiveTree
from skd_plugin.structures.trees.second_order import SecondOrder


@projection(HeadSelection, onto=Arcs)
@projection(SecondOrder, onto=Arcs)
@projection(NonProjectiveTree, onto=Arcs)
@projection(ProjectiveTree, onto=Arcs)
@projection(ArcLabels, onto=Arcs)
def arcs(teacher: ArcFactored, student: Parsing) -> Arcs:
    """Parser ⇒ arc-factored parser: the teacher's own P_t(h → i, r); it has been conditioned on the student's trees."""
    return teacher.marginals


@projection(NonProjectiveTree, onto=ArcTokens)
@projection(ProjectiveTree, onto=ArcTokens)
def trees_to_arc_labels(teacher: ArcFactored, student: ArcLabels) -> ArcTokens:
    """Tree CRF ⇒ parsing as sequence labelling: P_t(h → i, r), given that every arc of the tree has a label."""
    joint = teacher.marginals.relations
    assert joint is not None
    return ArcTokens(student.arc_tokens(joint, teacher.labels))


@projection(ArcLabels, onto=ArcTokens)
def arc_label_level(teacher: ArcLabels, student: ArcLabels) -> ArcTokens:
    """
    Parsing as sequence labelling ⇒ parsing as sequence labelling with another vocabulary or encoding: P_t(y_i).
    """
    return teacher.marginals
