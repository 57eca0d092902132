"""Factorizations over spans: Score(y, x) = Σ_{(i,j,t)∈y} s(i, j, t), log-odds of a type against "no entity"."""

from __future__ import annotations

from abc import ABC, abstractmethod
from functools import cached_property
from typing import ClassVar, Mapping, Sequence

import numpy as np
import torch
from torch import Tensor

from skd_plugin.structures.algebra.checks import (
    check_axes,
    check_finite,
    check_ids,
    check_labels,
    check_mask,
    check_shapes,
)
from skd_plugin.structures.algebra.factorization import Factorization
from skd_plugin.structures.algebra.labels import positions
from skd_plugin.structures.algebra.padding import Axes
from skd_plugin.structures.algebra.part_spaces import Parts, Spans
from skd_plugin.structures.algebra.potentials import FORBIDDEN, Substructures, at_least_float32, substructures
from skd_plugin.structures.algebra.scored_spans import ScoredSpans, entries_above
from skd_plugin.structures.algebra.structure import NBest, Segments, check_flat, check_segments, gather_spans
from skd_plugin.structures.kernels.spans.k_best import best_spans, k_best_spans


class SpanFactored(Factorization, ABC):
    """
    A distribution over sets of labelled spans. A subclass says which sets have probability. The spans of the best set
    never overlap.

    # Parameters

    scores : shape (batch, n, width, type), log-odds; `scores[b, i, w, t]` is that of the w + 1 words from i on. The
        size of the axis of widths is the maximal width: wider spans have probability 0. A width of n allows all spans.
        Scores of spans that would end beyond the sentence are ignored
    mask : bool, shape (batch, n), right-padded
    labels : the name of each type
    """

    parts: ClassVar[type[Parts]] = Spans
    # A sentence shorter than the maximal width has fewer widths.
    sentence_potentials: ClassVar[Mapping[str, Axes]] = {"scores": (0, 0)}

    def __init__(self, scores: Tensor, mask: Tensor, labels: Sequence[str]) -> None:
        check_axes("scores", scores, "batch, n, width, type")
        batch, length, width, num_types = scores.shape
        check_mask(mask, batch, length)
        check_labels(tuple(labels), num_types)
        if width < 1 <= length:
            raise ValueError(
                f"scores has shape {tuple(scores.shape)}, expected an axis of one width or more: a span has at least "
                "one word."
            )
        self.scores = at_least_float32(scores)
        check_finite(scores=self.scores)
        self.mask = mask
        self.labels = tuple(labels)

    @property
    @abstractmethod
    def marginals(self) -> Spans: ...

    @property
    def max_width(self) -> int:
        return self.scores.shape[2]

    @cached_property
    def argmax(self) -> Segments:
        """The best set of spans that do not overlap."""
        return Segments(*best_spans(self.scores.detach(), self.lengths))

    def n_best(self, k: int) -> NBest:
        """The k best sets of spans that do not overlap."""
        widths, types, scores = k_best_spans(self.scores.detach(), self.lengths, k)
        log_probabilities = scores - self.log_partition.detach().double().unsqueeze(1)
        missing = scores < FORBIDDEN / 2
        return NBest(
            Segments(*(part.masked_fill(missing.unsqueeze(-1), 0) for part in (widths, types))),
            log_probabilities.to(self.scores.dtype).masked_fill(missing, -torch.inf),
        )

    def span_probabilities(self, spans: Segments) -> Tensor:
        """
        P(i, j, t | x) of the given spans, which may overlap. The result has shape (batch, n); it is at the first word
        of each span, 0 elsewhere, and detached.
        """
        checked = check_segments(spans, self.mask, len(self.labels))
        return gather_spans(self.marginals.spans, checked).clamp(0, 1)

    def spans_above(self, threshold: float) -> ScoredSpans:
        """All spans with a probability above the threshold, detached. They may overlap."""
        return entries_above(self.marginals.spans, threshold)

    @property
    def expected_spans(self) -> Tensor:
        """The expected number of spans, which is the sum of the probabilities of all: shape (batch,), detached."""
        return self.marginals.spans.sum((1, 2, 3))

    @property
    def substructures(self) -> Substructures:
        """s(i, j, t) of each span that begins at a word."""
        return substructures(self.scores, self.exist)

    def indicator(self, structure: Segments) -> Spans:
        """The parts of gold spans. Raises `ValueError` if two of them overlap or one ends beyond its sentence."""
        check_shapes("widths", structure.widths, tuple(self.mask.shape), "batch, n")
        check_shapes("types", structure.types, tuple(self.mask.shape), "batch, n")
        widths, types = (part.masked_fill(~self.mask, 0) for part in structure)
        check_ids("widths", widths, range(self.max_width + 1))
        check_ids("type ids", types, range(len(self.labels)))
        check_flat(widths, self.lengths)
        spans = torch.zeros_like(self.scores, requires_grad=False)
        rows, words = (widths > 0).nonzero(as_tuple=True)
        spans[rows, words, widths[rows, words] - 1, types[rows, words]] = 1
        return Spans(spans)

    @property
    @abstractmethod
    def flat(self) -> SpanFactored:
        """Conditions the distribution on spans that do not overlap."""

    def restricted(self, labels: Sequence[str]) -> SpanFactored:
        """Conditions the distribution on spans of these types; the type axis takes their order."""
        index = torch.tensor(positions(labels, self.labels), device=self.scores.device)
        return self._with_scores(self.scores[..., index], labels)

    def narrowed(self, width: int) -> SpanFactored:
        """Conditions the distribution on spans of at most `width` words."""
        return self._with_scores(self.scores[:, :, :width], self.labels)

    def within(self, writable: np.ndarray) -> SpanFactored:
        """
        Conditions the distribution on spans that tags can express. The rows of `writable`, bool, shape (3, type), are
        for spans of one word, of two words, and of more.
        """
        rows = [min(width, 2) for width in range(self.max_width)]
        allowed = torch.from_numpy(writable[rows]).to(self.scores.device)
        return self._with_scores(self.scores.masked_fill(~allowed, FORBIDDEN), self.labels)

    def _with_scores(self, scores: Tensor, labels: Sequence[str]) -> SpanFactored:
        return type(self)(scores, self.mask, labels)

    @cached_property
    def exist(self) -> Tensor:
        """Whether a span ends within the sentence: bool, shape (batch, n, width, 1)."""
        first = torch.arange(self.mask.shape[1], device=self.mask.device).unsqueeze(1)
        width = torch.arange(self.max_width, device=self.mask.device)
        return (first + width < self.lengths.view(-1, 1, 1)).unsqueeze(-1)
