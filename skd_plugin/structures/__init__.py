"""Structured distributions and the exact cross-entropy between them: −Σ_y P_t(y|x) log P_s(y|x)."""

from skd_plugin.structures import cases as cases
from skd_plugin.structures import entities as entities
from skd_plugin.structures import parsers as parsers
from skd_plugin.structures.arc_labels import ArcLabels
from skd_plugin.structures.constrained_chain import ConstrainedChain
from skd_plugin.structures.factorization import Factorization
from skd_plugin.structures.flat_spans import FlatSpans
from skd_plugin.structures.head_selection import HeadSelection
from skd_plugin.structures.independent_spans import IndependentSpans
from skd_plugin.structures.labeling import Labeling
from skd_plugin.structures.labels import LabelMismatch
from skd_plugin.structures.linear_chain import LinearChain
from skd_plugin.structures.max_ent import MaxEnt
from skd_plugin.structures.non_projective_tree import NonProjectiveTree
from skd_plugin.structures.parsing import Parsing
from skd_plugin.structures.parts import Arcs, ArcTokens, Bigrams, Parts, Spans, Tokens
from skd_plugin.structures.projection import (
    Lesson,
    NoProjection,
    cross_entropy,
    kl_divergence,
    lesson,
    lost_mass,
    project,
    projection,
    registered,
)
from skd_plugin.structures.projective_tree import ProjectiveTree
from skd_plugin.structures.second_order import SecondOrder
from skd_plugin.structures.segments import NBest, Segments, Tree

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
    "Lesson",
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
    "lesson",
    "lost_mass",
    "project",
    "projection",
    "registered",
]
