"""BIOUL tags of flat spans: P(y_i) and Σ_i P(y_{i−1}, y_i) are sums, and products of sums, of the spans' P(i, j, t)."""

from __future__ import annotations

import torch
from torch import Tensor

from skd_plugin.structures.algebra.factorization import Factorization
from skd_plugin.structures.algebra.part_spaces import Bigrams, Tokens, at_ends
from skd_plugin.structures.sequences import bioul
from skd_plugin.structures.spans.flat_spans import FlatSpans


def tags_of_types(teacher: Factorization) -> tuple[str, ...]:
    """The label axis of projections from spans onto tags: the BIOUL tags of the types."""
    return bioul.tags(teacher.labels)


def types_of_tags(teacher: Factorization) -> tuple[str, ...]:
    """The label axis of projections from tags onto spans: the types of the BIOUL tags."""
    return bioul.types(teacher.labels)


def tokens(spans: FlatSpans) -> Tokens:
    """P(y_i) over `bioul.tags(spans.labels)`, shape (batch, n, tag)."""
    return Tokens(_tokens(spans).to(spans.scores.dtype))


def bigrams(spans: FlatSpans) -> Bigrams:
    """P(y_i) as in `tokens`, and Σ_{i≥2} P(y_{i−1}, y_i), shape (batch, tag, tag)."""
    exact = _tokens(spans)
    return Bigrams(exact.to(spans.scores.dtype), _within(spans) + _between(exact, len(spans.labels)))


def _tokens(spans: FlatSpans) -> Tensor:
    marginals = spans.marginals.spans
    short = marginals[:, :, 0].double()
    begin, end = marginals.sum(2, dtype=torch.float64), at_ends(marginals)
    covered = (begin - end).cumsum(1) + end
    inside = (covered - begin - end + short).clamp(min=0)
    outside = (1 - covered.sum(-1, keepdim=True)).clamp(min=0)
    return torch.cat([outside, begin - short, inside, end - short, short], -1) * spans.mask.unsqueeze(-1)


def _within(spans: FlatSpans) -> Tensor:
    """Bigrams inside of spans: of w + 1 words, B L, or B I, w − 2 times I I, and I L."""
    # Shape: (batch, width, type)
    counts = spans.marginals.spans.sum(1, dtype=torch.float64)
    size = counts.shape[2]
    repeats = torch.arange(-2, counts.shape[1] - 2, device=counts.device, dtype=torch.float64).clamp(min=0)
    two, more = counts[:, 1:2].sum(1), counts[:, 2:].sum(1)
    begin, inner, last = (torch.arange(size, device=counts.device) + 1 + size * k for k in range(3))
    table = counts.new_zeros(len(counts), 1 + 4 * size, 1 + 4 * size)
    table[:, begin, last], table[:, begin, inner], table[:, inner, last] = two, more, more
    table[:, inner, inner] = (counts * repeats.view(-1, 1)).sum(1)
    return table


def _between(exact: Tensor, size: int) -> Tensor:
    """
    Bigrams across a boundary of spans or words outside: given that boundary, what ends at it and what begins at it are
    independent, P(y_{i−1}, y_i) = P(y_{i−1}) · P(y_i) / P(boundary).
    """
    names = torch.arange(1 + 4 * size, device=exact.device)
    opens = (names == 0) | ((names > 0) & (names <= size)) | (names > 3 * size)
    closes = (names == 0) | (names > 2 * size)
    ending, beginning = exact[:, :-1] * closes, exact[:, 1:] * opens
    boundary = ending.sum(-1, keepdim=True).clamp(min=torch.finfo(exact.dtype).tiny)
    return (ending / boundary).transpose(1, 2) @ beginning
