"""Structured distributions and the exact cross-entropy between them: −Σ_y P_t(y|x) log P_s(y|x)."""

import warnings
from typing import Any

from skd_plugin.structures.algebra.factorization import Factorization
from skd_plugin.structures.algebra.labels import LabelMismatch
from skd_plugin.structures.algebra.part_spaces import Arcs, ArcTokens, Bigrams, Parts, Spans, Tokens
from skd_plugin.structures.algebra.structure import NBest, Segments, Tree
from skd_plugin.structures.projections import cases as cases
from skd_plugin.structures.projections import entities as entities
from skd_plugin.structures.projections import parsers as parsers
from skd_plugin.structures.projections.table import (
    NoProjection,
    Target,
    cross_entropy,
    kl_divergence,
    lost_mass,
    project,
    projection,
    registered,
    target,
)
from skd_plugin.structures.sequences.constrained_chain import ConstrainedChain
from skd_plugin.structures.sequences.labeling import Labeling
from skd_plugin.structures.sequences.linear_chain import LinearChain
from skd_plugin.structures.sequences.max_ent import MaxEnt
from skd_plugin.structures.spans.flat_spans import FlatSpans
from skd_plugin.structures.spans.independent_spans import IndependentSpans
from skd_plugin.structures.trees.arc_labels import ArcLabels
from skd_plugin.structures.trees.head_selection import HeadSelection
from skd_plugin.structures.trees.non_projective_tree import NonProjectiveTree
from skd_plugin.structures.trees.parsing import Parsing
from skd_plugin.structures.trees.projective_tree import ProjectiveTree
from skd_plugin.structures.trees.second_order import SecondOrder

__all__ = [
    "ArcLabels",
    "ArcTokens",
    "Arcs",
    "Bigrams",
    "ConstrainedChain",
    "Factorization",
    "FlatSpans",
    "HeadSelection",
    "IndependentSpans",
    "LabelMismatch",
    "Labeling",
    "Target",
    "LinearChain",
    "MaxEnt",
    "NBest",
    "NoProjection",
    "NonProjectiveTree",
    "Parsing",
    "Parts",
    "ProjectiveTree",
    "SecondOrder",
    "Segments",
    "Spans",
    "Tokens",
    "Tree",
    "cross_entropy",
    "kl_divergence",
    "target",
    "lost_mass",
    "project",
    "projection",
    "registered",
]

_RENAMED = {"Lesson": "Target", "lesson": "target"}


def __getattr__(name: str) -> Any:
    """The names of version 0.1.0."""
    if name not in _RENAMED:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    warnings.warn(f"{name} is now called {_RENAMED[name]}; import that.", DeprecationWarning, stacklevel=2)
    return globals()[_RENAMED[name]]
