"""Structured distributions and the exact cross-entropy between them: −Σ_y P_t(y|x) log P_s(y|x)."""

from skd_plugin.structures import cases as cases
from skd_plugin.structures.factorization import Factorization, NBest
from skd_plugin.structures.labels import LabelMismatch
from skd_plugin.structures.linear_chain import LinearChain
from skd_plugin.structures.max_ent import MaxEnt
from skd_plugin.structures.parts import Bigrams, Parts, Tokens
from skd_plugin.structures.projection import (
    NoProjection,
    aligned,
    cross_entropy,
    kl_divergence,
    lost_mass,
    project,
    projection,
    registered,
)

__all__ = [
    "Bigrams",
    "Factorization",
    "LabelMismatch",
    "LinearChain",
    "MaxEnt",
    "NBest",
    "NoProjection",
    "Parts",
    "Tokens",
    "aligned",
    "cross_entropy",
    "kl_divergence",
    "lost_mass",
    "project",
    "projection",
    "registered",
]
