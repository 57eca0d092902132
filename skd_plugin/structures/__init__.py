"""
Structured distributions and the exact cross-entropy between them: −Σ_y P_t(y|x) log P_s(y|x).

This is the public face of the mathematics: everything else in the plugin imports from here.
"""

import warnings
from typing import Any

from skd_plugin.structures.algebra.errors import LabelMismatch, NoProjection, NotDefined
from skd_plugin.structures.algebra.factorization import Factorization
from skd_plugin.structures.algebra.labels import Policy
from skd_plugin.structures.algebra.padding import Axes
from skd_plugin.structures.algebra.part_spaces import Arcs, ArcTokens, Bigrams, Parts, Spans, Tokens
from skd_plugin.structures.algebra.potentials import FORBIDDEN
from skd_plugin.structures.algebra.relation_scores import BiaffineRelations
from skd_plugin.structures.algebra.scored_spans import ScoredSpans, scored_segments
from skd_plugin.structures.algebra.structure import NBest, Segments, Tree
from skd_plugin.structures.algebra.weighted_structures import WeightedStructures
from skd_plugin.structures.kernels.folders import kernel_folders
from skd_plugin.structures.projections import cases as cases
from skd_plugin.structures.projections import entities as entities
from skd_plugin.structures.projections import parsers as parsers
from skd_plugin.structures.projections import weighted as weighted
from skd_plugin.structures.projections.best_structures import BestTarget, best_target
from skd_plugin.structures.projections.conditioning import Conditioned, condition, conditioning
from skd_plugin.structures.projections.known_labels import known_labels, with_labels
from skd_plugin.structures.projections.renaming import label_names, renamed
from skd_plugin.structures.projections.score_matching import squared_distance
from skd_plugin.structures.projections.table import projection, registered
from skd_plugin.structures.projections.target import (
    LocalTarget,
    Target,
    cross_entropy,
    kl_divergence,
    local_target,
    lost_mass,
    project,
    target,
)
from skd_plugin.structures.projections.translation import spans_of_tags, tags_of_spans, translated
from skd_plugin.structures.selection import likely_spans, select
from skd_plugin.structures.sequences import bioul as bioul
from skd_plugin.structures.sequences.constrained_chain import ConstrainedChain
from skd_plugin.structures.sequences.labeling import Labeling
from skd_plugin.structures.sequences.linear_chain import LinearChain
from skd_plugin.structures.sequences.max_ent import MaxEnt
from skd_plugin.structures.sequences.weighted_sequences import WeightedSequences
from skd_plugin.structures.spans.flat_spans import FlatSpans
from skd_plugin.structures.spans.independent_spans import IndependentSpans
from skd_plugin.structures.spans.span_factored import SpanFactored
from skd_plugin.structures.spans.weighted_spans import WeightedSpans
from skd_plugin.structures.trees import encodings as encodings
from skd_plugin.structures.trees.arc_factored import ArcFactored
from skd_plugin.structures.trees.arc_labels import ArcLabels
from skd_plugin.structures.trees.head_selection import HeadSelection
from skd_plugin.structures.trees.non_projective_tree import NonProjectiveTree
from skd_plugin.structures.trees.parsing import Parsing
from skd_plugin.structures.trees.projective_tree import ProjectiveTree
from skd_plugin.structures.trees.second_order import SecondOrder
from skd_plugin.structures.trees.weighted_trees import WeightedTrees

__all__ = [
    "FORBIDDEN",
    "ArcFactored",
    "ArcLabels",
    "ArcTokens",
    "Arcs",
    "Axes",
    "BestTarget",
    "BiaffineRelations",
    "Bigrams",
    "Conditioned",
    "ConstrainedChain",
    "Factorization",
    "FlatSpans",
    "HeadSelection",
    "IndependentSpans",
    "LabelMismatch",
    "Labeling",
    "LinearChain",
    "LocalTarget",
    "MaxEnt",
    "NBest",
    "NoProjection",
    "NonProjectiveTree",
    "NotDefined",
    "Parsing",
    "Parts",
    "Policy",
    "ProjectiveTree",
    "ScoredSpans",
    "SecondOrder",
    "Segments",
    "SpanFactored",
    "Spans",
    "Target",
    "Tokens",
    "Tree",
    "WeightedSequences",
    "WeightedSpans",
    "WeightedStructures",
    "WeightedTrees",
    "best_target",
    "bioul",
    "condition",
    "conditioning",
    "cross_entropy",
    "encodings",
    "kernel_folders",
    "kl_divergence",
    "known_labels",
    "label_names",
    "likely_spans",
    "local_target",
    "lost_mass",
    "project",
    "projection",
    "registered",
    "renamed",
    "scored_segments",
    "select",
    "spans_of_tags",
    "squared_distance",
    "tags_of_spans",
    "target",
    "translated",
    "with_labels",
]

_RENAMED = {"Lesson": "Target", "lesson": "target"}


def __getattr__(name: str) -> Any:
    """The names of version 0.1.0."""
    if name not in _RENAMED:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    warnings.warn(f"{name} is now called {_RENAMED[name]}; import that.", DeprecationWarning, stacklevel=2)
    return globals()[_RENAMED[name]]
