"""Independent spans: P(y|x) = Π_{i≤j} softmax([0, s(i, j, ·)]); each span has a type or none, independently."""

from __future__ import annotations

from functools import cached_property
from typing import final

import torch
from torch import Tensor

from skd_plugin.structures.algebra.checks import check_parts
from skd_plugin.structures.algebra.part_spaces import Parts, Spans
from skd_plugin.structures.spans.flat_spans import FlatSpans
from skd_plugin.structures.spans.span_factored import SpanFactored


@final
class IndependentSpans(SpanFactored):
    """
    The distribution of the local loss of "NER as parsing" (Yu et al. 2020). It gives probability to overlapping spans,
    too, but its `argmax` is the best set of spans that do not overlap.

    See `SpanFactored` for the parameters.
    """

    locally_normalized = True

    @property
    def log_partition(self) -> Tensor:
        return self._log_odds.logsumexp(-1).masked_fill(~self.exist.squeeze(-1), 0.0).sum((1, 2))

    @cached_property
    def marginals(self) -> Spans:
        return Spans(self._log_odds.detach().softmax(-1)[..., 1:] * self.exist)

    def cross_entropy(self, expected: Parts) -> Tensor:
        """
        −Σ_{i≤j} Σ_t expected(i, j, t) log P(t | i, j), shape (batch,). "No entity" is one of the t; it is expected with
        the probability that the types leave.
        """
        spans = check_parts(expected, Spans).spans
        no_entity = 1 - spans.sum(-1, keepdim=True)
        log_probabilities = self._log_odds.log_softmax(-1).masked_fill(~self.exist, 0.0)
        return -(torch.cat([no_entity, spans], -1) * log_probabilities).sum((1, 2, 3))

    @property
    def flat(self) -> FlatSpans:
        return FlatSpans(self.scores, self.mask, self.labels)

    @property
    def _log_odds(self) -> Tensor:
        """The scores of "no entity", which are 0, and of the types: shape (batch, n, width, 1 + type)."""
        return torch.nn.functional.pad(self.scores.masked_fill(~self.exist, 0.0), (1, 0))
