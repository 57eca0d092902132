"""Spans: Score(y, x) = Σ_{(i,j,t)∈y} s(i, j, t), log-odds of a type against "no entity"; parts are labelled spans."""

from __future__ import annotations

from abc import ABC, abstractmethod
from functools import cached_property
from typing import ClassVar, Mapping, Sequence

import numpy as np
import torch
from torch import Tensor

from skd_plugin.structures.algebra.checks import (
    at_least_float32,
    check_axes,
    check_ids,
    check_labels,
    check_mask,
    check_shapes,
)
from skd_plugin.structures.algebra.factorization import Factorization
from skd_plugin.structures.algebra.labels import positions
from skd_plugin.structures.algebra.padding import Axes
from skd_plugin.structures.algebra.part_spaces import Parts, Spans
from skd_plugin.structures.algebra.potentials import FORBIDDEN, Substructures, substructures
from skd_plugin.structures.algebra.structure import NBest, Segments, check_flat, check_segments, gather_spans
from skd_plugin.structures.kernels.spans.k_best import best_spans, k_best_spans


class SpanFactored(Factorization, ABC):
    """
    A distribution over sets of labelled spans. Which sets have probability is what a subclass says; the best one never
    has two spans that share a word.

    # Parameters

    scores : shape (batch, n, width, type), log-odds; `scores[b, i, w, t]` is that of the w + 1 words from i on. Spans
        wider than this axis have probability 0, so its size is the maximal width; n is enough for all. What would end
        beyond the sentence is ignored
    mask : bool, shape (batch, n), right-padded
    labels : the name of each type
    """

    parts: ClassVar[type[Parts]] = Spans
    # A sentence shorter than the maximal width has fewer widths.
    sentence_potentials: ClassVar[Mapping[str, Axes]] = {"scores": (0, 0)}

    def __init__(self, scores: Tensor, mask: Tensor, labels: Sequence[str]) -> None:
        check_axes("scores", scores, "batch, n, width, type")
        batch, length, width, size = scores.shape
        check_mask(mask, batch, length)
        check_labels(tuple(labels), size)
        if width < 1 <= length:
            raise ValueError("scores has no widths; a span has at least one word.")
        self.scores = at_least_float32(scores)
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
        """The best set of spans that share no word."""
        return Segments(*best_spans(self.scores.detach(), self.lengths))

    def n_best(self, k: int) -> NBest:
        """The k best sets of spans that share no word."""
        widths, types, scores = k_best_spans(self.scores.detach(), self.lengths, k)
        log_probabilities = scores - self.log_partition.detach().double().unsqueeze(1)
        missing = scores < FORBIDDEN / 2
        return NBest(
            Segments(*(part.masked_fill(missing.unsqueeze(-1), 0) for part in (widths, types))),
            log_probabilities.to(self.scores.dtype).masked_fill(missing, -torch.inf),
        )

    def span_probabilities(self, spans: Segments) -> Tensor:
        """P(i, j, t | x) of spans, which may share words: shape (batch, n), at first words, 0 elsewhere; detached."""
        known = check_segments(spans, self.mask, len(self.labels))
        return gather_spans(self.marginals.spans, known).clamp(0, 1)

    @property
    def substructures(self) -> Substructures:
        """s(i, j, t) of each span that begins at a word."""
        return substructures(self.scores, self.exist)

    def indicator(self, structure: Segments) -> Spans:
        """Refuses spans of which two share a word, or one ends beyond its sentence."""
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
        """Conditioned on spans that share no word."""

    def restricted(self, labels: Sequence[str]) -> SpanFactored:
        """Conditioned on spans of these types only; the type axis takes their order."""
        kept = torch.tensor(positions(labels, self.labels), device=self.scores.device)
        return self._like(self.scores[..., kept], labels)

    def narrowed(self, width: int) -> SpanFactored:
        """Conditioned on spans of at most so many words."""
        return self._like(self.scores[:, :, :width], self.labels)

    def within(self, writable: np.ndarray) -> SpanFactored:
        """Conditioned on spans of one word, of two, and of more, whose types are True in that row of `writable`."""
        rows = [min(width, 2) for width in range(self.max_width)]
        allowed = torch.from_numpy(writable[rows]).to(self.scores.device)
        return self._like(self.scores.masked_fill(~allowed, FORBIDDEN), self.labels)

    def _like(self, scores: Tensor, labels: Sequence[str]) -> SpanFactored:
        return type(self)(scores, self.mask, labels)

    @cached_property
    def exist(self) -> Tensor:
        """Whether a span ends within the sentence: bool, shape (batch, n, width, 1)."""
        first = torch.arange(self.mask.shape[1], device=self.mask.device).unsqueeze(1)
        width = torch.arange(self.max_width, device=self.mask.device)
        return (first + width < self.lengths.view(-1, 1, 1)).unsqueeze(-1)
