"""For each factorization, the axes of its potentials, its enumerator, and the gradients of its expected score."""

from typing import Callable, Dict, Tuple, Type

import numpy as np

from skd_plugin.structures import (
    ArcLabels,
    ConstrainedChain,
    Factorization,
    FlatSpans,
    HeadSelection,
    IndependentSpans,
    LinearChain,
    MaxEnt,
    NonProjectiveTree,
    ProjectiveTree,
    SecondOrder,
)
from tests.structures.oracles.brute_force import Enumerated, enumerate_linear_chain, enumerate_max_ent
from tests.structures.oracles.parses import (
    enumerate_arc_labels,
    enumerate_head_selection,
    enumerate_projective_trees,
    enumerate_second_order,
    enumerate_trees,
    log_softmax,
)
from tests.structures.oracles.spans import (
    enumerate_constrained_chain,
    enumerate_flat_spans,
    enumerate_independent_spans,
)

Axes = Dict[str, Tuple[str, ...]]

_CHAIN: Axes = {
    "emissions": ("batch", "n", "label"),
    "transitions": ("label", "label"),
    "start": ("label",),
    "end": ("label",),
}
_SPANS: Axes = {"scores": ("batch", "n", "width", "label")}
_ARC_FACTORED: Axes = {"arcs": ("batch", "n", "head"), "relations": ("batch", "n", "head", "label")}

# The axes of each potential: "head" is ROOT and the words, "place" the arc labels, "width" the number of words of a
# span minus 1. Potentials without a batch axis are shared by all sentences. Potentials with a label axis are None if
# there are no labels.
POTENTIALS: Dict[Type[Factorization], Axes] = {
    MaxEnt: {"scores": ("batch", "n", "label")},
    LinearChain: _CHAIN,
    ConstrainedChain: _CHAIN,
    FlatSpans: _SPANS,
    IndependentSpans: _SPANS,
    HeadSelection: _ARC_FACTORED,
    NonProjectiveTree: _ARC_FACTORED,
    ProjectiveTree: _ARC_FACTORED,
    SecondOrder: {
        **_ARC_FACTORED,
        "siblings": ("batch", "n", "head", "n"),
        "grandparents": ("batch", "n", "head", "head"),
    },
    ArcLabels: {"scores": ("batch", "n", "place")},
}
# The axes of the integers that say what labels mean.
TABLES: Dict[Type[Factorization], Axes] = {ArcLabels: {"heads": ("batch", "n", "place"), "relation_of": ("place",)}}
ENUMERATORS: Dict[Type[Factorization], Callable[..., Enumerated]] = {
    MaxEnt: enumerate_max_ent,
    LinearChain: enumerate_linear_chain,
    ConstrainedChain: enumerate_constrained_chain,
    FlatSpans: enumerate_flat_spans,
    IndependentSpans: enumerate_independent_spans,
    HeadSelection: enumerate_head_selection,
    NonProjectiveTree: enumerate_trees,
    ProjectiveTree: enumerate_projective_trees,
    SecondOrder: enumerate_second_order,
    ArcLabels: enumerate_arc_labels,
}

Arrays = Dict[str, np.ndarray]


def _relations(sentence: Enumerated, potentials: Arrays) -> np.ndarray:
    joint = sentence.joint
    return joint - joint.sum(-1, keepdims=True) * np.exp(log_softmax(potentials["relations"]))


def _at_labels(sentence: Enumerated, potentials: Arrays) -> np.ndarray:
    heads, n = potentials["heads"], len(potentials["heads"])
    return np.where(heads >= 0, sentence.joint[np.arange(n)[:, None], heads, potentials["relation_of"]], 0)


_CHAIN_EXPECTATIONS = {
    "emissions": lambda sentence, potentials: sentence.token_marginals,
    "transitions": lambda sentence, potentials: sentence.transitions,
    "start": lambda sentence, potentials: sentence.token_marginals[0],
    "end": lambda sentence, potentials: sentence.token_marginals[-1],
}
_SPAN_EXPECTATIONS = {"scores": lambda sentence, potentials: sentence.span_marginals}
_ARC_EXPECTATIONS = {"arcs": lambda sentence, potentials: sentence.joint.sum(-1), "relations": _relations}
# ∂ E[Score(y)] / ∂ potential. The expectation and the potentials may be those of two different distributions.
EXPECTATIONS: Dict[Type[Factorization], Dict[str, Callable[[Enumerated, Arrays], np.ndarray]]] = {
    MaxEnt: {"scores": lambda sentence, potentials: sentence.token_marginals},
    LinearChain: _CHAIN_EXPECTATIONS,
    ConstrainedChain: _CHAIN_EXPECTATIONS,
    FlatSpans: _SPAN_EXPECTATIONS,
    IndependentSpans: _SPAN_EXPECTATIONS,
    HeadSelection: _ARC_EXPECTATIONS,
    NonProjectiveTree: _ARC_EXPECTATIONS,
    ProjectiveTree: _ARC_EXPECTATIONS,
    ArcLabels: {"scores": _at_labels},
}


def axes_of(kind: Type[Factorization]) -> Axes:
    if kind not in POTENTIALS:
        raise LookupError(
            f"No random generator for {kind.__name__}: add its potentials, its enumerator and its expectations to "
            "POTENTIALS, ENUMERATORS and EXPECTATIONS in tests/structures/samples/kinds.py."
        )
    return POTENTIALS[kind]
