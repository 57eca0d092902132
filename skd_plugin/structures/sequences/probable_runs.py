"""The probable spans of a distribution over tags, found without looking at all spans, and their expected number."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from skd_plugin.structures.algebra.scored_spans import ScoredSpans, check_threshold
from skd_plugin.structures.kernels.chains.forward_backward import ChainPotentials
from skd_plugin.structures.kernels.chains.probable_runs import expected_runs, runs_above, steps_back
from skd_plugin.structures.sequences import bioul
from skd_plugin.structures.sequences.tag_runs import types_of


class Runs(NamedTuple):
    """
    What the probabilities of all runs B I … I L and U are products of. Arrays of float64; 0 for tags that are missing.

    unit, last : P(y_k = U) and P(y_k = L), shape (batch, n, type)
    before_last : P(y_k = B | y_{k+1} = L) and P(y_k = I | y_{k+1} = L), shape (batch, n, 2, type)
    before_inner : the same where y_{k+1} = I
    lengths : integers, shape (batch,)
    """

    unit: np.ndarray
    last: np.ndarray
    before_last: np.ndarray
    before_inner: np.ndarray
    lengths: np.ndarray

    def above(self, threshold: float, like: Tensor) -> ScoredSpans:
        """The runs with a probability above the threshold, with the precision and on the device of `like`."""
        check_threshold(threshold)
        capacity = max(64, self.unit.shape[0] * self.unit.shape[1] // 2)
        while True:
            spans, found = np.empty((capacity, 4), np.int64), np.empty(capacity)
            count = runs_above(*self, threshold, spans, found)
            if count <= capacity:
                break
            capacity = count
        rows, first, last, types = torch.from_numpy(spans[:count]).to(like.device).unbind(1)
        return ScoredSpans(rows, first, last, types, torch.from_numpy(found[:count]).to(like).clamp(0, 1))

    def expected(self, like: Tensor) -> Tensor:
        """The expected number of runs, shape (batch,)."""
        totals = np.zeros(len(self.lengths))
        expected_runs(*self, totals)
        return torch.from_numpy(totals).to(like)


def runs_of_words(tokens: Tensor, lengths: Tensor, labels: tuple[str, ...]) -> Runs:
    """The runs where tags are independent of each other: P(y_k | y_{k+1}) = P(y_k), shape (batch, n, label)."""
    begin, inner, last, unit = _columns(tokens, labels)
    before = np.stack([begin, inner], 2)
    return Runs(unit, last, before, before, lengths.cpu().numpy())


def runs_of_chain(chain: ChainPotentials, tokens: Tensor, lengths: Tensor, labels: tuple[str, ...]) -> Runs:
    """The runs in a chain with the marginals `tokens`, shape (batch, n, label), in O(n L²) per sentence."""
    _, _, last, unit = _columns(tokens, labels)
    emissions, transitions, start, _ = (potential.detach().cpu().double().contiguous().numpy() for potential in chain)
    before_last, before_inner = np.zeros((2, *last.shape[:2], 2, last.shape[2]))
    tags, counts = bioul.ids(labels, types_of(labels)), lengths.cpu().numpy()
    steps_back(emissions, start, transitions, counts, tags, before_last, before_inner)
    return Runs(unit, last, before_last, before_inner, counts)


def _columns(tokens: Tensor, labels: tuple[str, ...]) -> list[np.ndarray]:
    """P(y_k) of B, I, L and U of each type, shape (batch, n, type)."""
    # The id −1 of a missing tag selects the last entry, which is 0.
    padded = torch.nn.functional.pad(tokens, (0, 1)).cpu().double().numpy()
    return [np.ascontiguousarray(padded[..., ids]) for ids in bioul.ids(labels, types_of(labels)).T]
