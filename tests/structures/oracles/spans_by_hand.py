"""Distributions over the entities of two words, made by hand: their probabilities are small fractions."""

import math
from typing import Tuple

import torch

from skd_plugin.structures import ConstrainedChain, FlatSpans, IndependentSpans, LinearChain, MaxEnt
from tests.structures.oracles.parses_by_hand import MASK

TAGS = ("O", "B-X", "I-X", "L-X", "U-X")
# "No spans" and "word 2" have the weight 1, "word 1", "words 1 and 2 apart", and "words 1 and 2 as one" 2: 8 together.
SPANS = torch.tensor([[[[2.0], [2.0]], [[1.0], [1.0]]]], dtype=torch.float64).log()
NO_SCORES = torch.zeros_like(SPANS)

# Where each word is O with probability 1/2, B with 1/4 and L with 1/4, "O O" has 1/4 and "B L" 1/16.
FEW_TAGS = ("B-X", "O", "L-X")
WORDS = torch.tensor([[[1 / 4, 1 / 2, 1 / 4]] * 2], dtype=torch.float64).log()


def flat_spans(scores: torch.Tensor) -> FlatSpans:
    return FlatSpans(scores, MASK, ("X",))


def independent_spans(scores: torch.Tensor) -> IndependentSpans:
    return IndependentSpans(scores, MASK, ("X",))


def max_ent() -> MaxEnt:
    return MaxEnt(WORDS, MASK, FEW_TAGS)


def linear_chain(transitions: torch.Tensor, tags: Tuple[str, ...] = TAGS) -> LinearChain:
    return LinearChain(*_potentials(transitions), MASK, tags)


def constrained_chain(transitions: torch.Tensor, tags: Tuple[str, ...] = TAGS) -> ConstrainedChain:
    return ConstrainedChain(*_potentials(transitions), MASK, tags)


def begins_before_last(tags: Tuple[str, ...] = TAGS) -> torch.Tensor:
    """Transitions of which that from B to L has the weight 3, and all others 1."""
    transitions = torch.zeros(len(tags), len(tags), dtype=torch.float64)
    transitions[tags.index("B-X"), tags.index("L-X")] = math.log(3)
    return transitions


def _potentials(transitions: torch.Tensor) -> Tuple[torch.Tensor, ...]:
    nothing = torch.zeros(len(transitions), dtype=torch.float64)
    return nothing.expand(1, 2, -1), transitions, nothing, nothing
