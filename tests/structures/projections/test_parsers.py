"""The projections of parsers that are not in the paper, on examples by hand."""

import math

import torch

from skd_plugin.structures import (
    ArcLabels,
    Arcs,
    ArcTokens,
    HeadSelection,
    NonProjectiveTree,
    ProjectiveTree,
    SecondOrder,
    cross_entropy,
    lost_mass,
    project,
    registered,
)
from skd_plugin.structures.projections import parsers
from tests.structures.oracles.parses_by_hand import ARCS, GIVEN_ARCS, MASK, RELATIONS, STUDENT, arc_labels
from tests.structures.samples.pairs import equals_enumeration
from tests.structures.samples.sample import close


def test_arcs():
    """Parser ⇒ arc-factored parser: the marginals of arcs, given that the heads are a tree."""
    for teacher_kind in (ArcLabels, HeadSelection, NonProjectiveTree, ProjectiveTree, SecondOrder):
        assert registered()[teacher_kind, Arcs] is parsers.arcs
    teacher = HeadSelection(ARCS, GIVEN_ARCS, MASK, RELATIONS)
    student = NonProjectiveTree(torch.zeros_like(ARCS), torch.zeros_like(GIVEN_ARCS), MASK, RELATIONS)
    parts = project(teacher, student)
    # One of the two trees has probability 1/4 · 1/2, the other 3/4 · 1/2.
    close(parts.arcs, [[[1 / 4, 0, 3 / 4], [3 / 4, 1 / 4, 0]]])
    close(parts.relations[0, 0, 2], [1 / 2, 1 / 4])
    close(cross_entropy(teacher, student), [3 * math.log(2)])
    for teacher_kind in (ArcLabels, HeadSelection, NonProjectiveTree, ProjectiveTree, SecondOrder):
        for student_kind in (HeadSelection, NonProjectiveTree, ProjectiveTree, SecondOrder):
            equals_enumeration(teacher_kind, student_kind)


def test_trees_to_arc_labels():
    """Tree CRF ⇒ parsing as sequence labelling: the marginals of arcs, given that each arc of the tree has a label."""
    assert registered()[NonProjectiveTree, ArcTokens] is parsers.trees_to_arc_labels
    assert registered()[ProjectiveTree, ArcTokens] is parsers.trees_to_arc_labels
    teacher = NonProjectiveTree(ARCS, GIVEN_ARCS, MASK, RELATIONS)
    # "0@root -1@subj" has probability 1/4 · 1/2 · 1/2 · 1/2, and "+1@subj 0@root" has 3/4 · 2/3 · 1/2 · 1/2.
    close(project(teacher, STUDENT, "renormalize").tokens, [[[1 / 5, 4 / 5, 0], [4 / 5, 0, 1 / 5]]])
    loss = 1 / 5 * math.log(4 / 3) + 4 / 5 * math.log(4) + math.log(2)
    close(cross_entropy(teacher, STUDENT, "renormalize"), [loss])
    equals_enumeration(NonProjectiveTree, ArcLabels)
    equals_enumeration(ProjectiveTree, ArcLabels)


def test_arc_label_level():
    """Parsing as sequence labelling ⇒ the same with other labels: token marginals, matched by the arcs they denote."""
    assert registered()[ArcLabels, ArcTokens] is parsers.arc_label_level
    labels = ("-1@subj", "0@subj", "+1@subj", "0@root")
    teacher = arc_labels(labels, [[0, 1 / 4, 1 / 2, 1 / 4], [1 / 4, 1 / 2, 0, 1 / 4]])
    close(project(teacher, STUDENT, "renormalize").tokens, [[[1 / 3, 2 / 3, 0], [1 / 2, 0, 1 / 2]]])
    close(lost_mass(teacher, STUDENT), [1 - 3 / 4 * 1 / 2])
    loss = 1 / 3 * math.log(4 / 3) + 2 / 3 * math.log(4) + math.log(2)
    close(cross_entropy(teacher, STUDENT, "renormalize"), [loss])
    equals_enumeration(ArcLabels, ArcLabels)
