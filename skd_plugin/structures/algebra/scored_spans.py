"""A list of the spans of a batch of sentences with their probabilities, which is short where few are probable."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from skd_plugin.structures.algebra.structure import Segments


class ScoredSpans(NamedTuple):
    """
    Spans of the sentences of a batch, ordered by sentence and by last word. All tensors have the shape (count,).

    rows : the sentence of each span
    first, last : its first and its last word, counted from 0
    types : the id of its label
    probabilities : P(i, j, t | x)
    """

    rows: Tensor
    first: Tensor
    last: Tensor
    types: Tensor
    probabilities: Tensor

    def segments(self, mask: Tensor) -> Segments:
        """The spans by their first words, for a batch of sentences with this mask. No two may begin at one word."""
        widths, types = torch.zeros_like(mask, dtype=torch.long), torch.zeros_like(mask, dtype=torch.long)
        widths[self.rows, self.first] = self.last - self.first + 1
        types[self.rows, self.first] = self.types
        return Segments(widths, types)


def scored_segments(spans: Segments, probabilities: Tensor) -> ScoredSpans:
    """Spans that do not overlap, with their probabilities, shape (batch, n), each at the first word of its span."""
    rows, first = (spans.widths > 0).nonzero(as_tuple=True)
    last = first + spans.widths[rows, first] - 1
    return ScoredSpans(rows, first, last, spans.types[rows, first], probabilities[rows, first])


def entries_above(table: Tensor, threshold: float) -> ScoredSpans:
    """The spans with more than the threshold in a table of probabilities, shape (batch, n, width, type)."""
    check_threshold(threshold)
    rows, first, width, types = (table > threshold).nonzero(as_tuple=True)
    order = torch.argsort(rows * (table.shape[1] + 1) + first + width, stable=True)
    spans = ScoredSpans(rows, first, first + width, types, table[rows, first, width, types].clamp(0, 1))
    return ScoredSpans(*(column[order] for column in spans))


def check_threshold(threshold: float) -> None:
    if not 0 < threshold < 1:
        raise ValueError(f"The threshold is {threshold}, expected a probability above 0 and below 1.")
