"""Flat spans: P(y|x) ∝ exp Σ_{(i,j,t)∈y} s(i, j, t) over the sets y of spans that do not overlap (semi-Markov)."""

from __future__ import annotations

from functools import cached_property
from typing import final

import torch
from torch import Tensor

from skd_plugin.structures.algebra.checks import check_parts
from skd_plugin.structures.algebra.known_gradient import with_known_gradient
from skd_plugin.structures.algebra.part_spaces import Parts, Spans
from skd_plugin.structures.kernels.spans.inside_outside import inside_outside
from skd_plugin.structures.spans.span_factored import SpanFactored


@final
class FlatSpans(SpanFactored):
    """
    A semi-Markov random field (Sarawagi and Cohen 2004) in which words outside of spans score 0. It is the distribution
    of `IndependentSpans` with the same scores, conditioned on spans that do not overlap.

    See `SpanFactored` for the parameters.
    """

    @property
    def log_partition(self) -> Tensor:
        log_z, marginals = self._inference
        return with_known_gradient(log_z.to(self.scores.dtype), (self.scores,), (marginals,))

    @property
    def marginals(self) -> Spans:
        return Spans(self._inference[1])

    def cross_entropy(self, expected: Parts) -> Tensor:
        """log Z(x) − Σ_u expected(u) · s(u), shape (batch,)."""
        spans = check_parts(expected, Spans).spans
        log_z, marginals = self._inference
        score = (spans * self.scores.detach()).sum((1, 2, 3), dtype=torch.float64)
        return with_known_gradient((log_z - score).to(self.scores.dtype), (self.scores,), (marginals - spans,))

    @property
    def flat(self) -> FlatSpans:
        return self

    @cached_property
    def _inference(self) -> tuple[Tensor, Tensor]:
        """log Z, shape (batch,), float64, and the marginals, like the scores. One pass serves every query."""
        return inside_outside(self.scores.detach(), self.lengths)
