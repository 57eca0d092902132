"""Marginals of the BIOUL tags of flat spans: P(y_i) and Σ_i P(y_{i−1}, y_i), computed from the P(i, j, t) of spans."""

from __future__ import annotations

import torch
from torch import Tensor

from skd_plugin.structures.algebra.factorization import Factorization
from skd_plugin.structures.algebra.part_spaces import Bigrams, Tokens, sum_by_last_word
from skd_plugin.structures.sequences import bioul
from skd_plugin.structures.spans.flat_spans import FlatSpans


def tags_of_types(teacher: Factorization) -> tuple[str, ...]:
    """The label axis of projections from spans onto tags, which are the BIOUL tags of the teacher's types."""
    return bioul.tags(teacher.labels)


def types_of_tags(teacher: Factorization) -> tuple[str, ...]:
    """The label axis of projections from tags onto spans, which are the types of the teacher's BIOUL tags."""
    return bioul.types(teacher.labels)


def tokens(spans: FlatSpans) -> Tokens:
    """P(y_i) over `bioul.tags(spans.labels)`, shape (batch, n, tag)."""
    return Tokens(_tokens(spans).to(spans.scores.dtype))


def bigrams(spans: FlatSpans) -> Bigrams:
    """P(y_i), see `tokens`, and Σ_{i≥2} P(y_{i−1}, y_i), shape (batch, tag, tag)."""
    exact_tokens = _tokens(spans)
    transitions = _bigrams_within_spans(spans) + _bigrams_across_boundaries(exact_tokens, len(spans.labels))
    return Bigrams(exact_tokens.to(spans.scores.dtype), transitions)


def _tokens(spans: FlatSpans) -> Tensor:
    marginals = spans.marginals.spans
    """P(y_i) in float64, with O, B, I, L and U in the order of `bioul.tags`."""
    marginals = spans.marginals.spans
    unit = marginals[:, :, 0].double()
    begin, end = marginals.sum(2, dtype=torch.float64), sum_by_last_word(marginals)
    covered = (begin - end).cumsum(1) + end
    inside = (covered - begin - end + unit).clamp(min=0)
    outside = (1 - covered.sum(-1, keepdim=True)).clamp(min=0)
    return torch.cat([outside, begin - unit, inside, end - unit, unit], -1) * spans.mask.unsqueeze(-1)


def _bigrams_within_spans(spans: FlatSpans) -> Tensor:
    """
    Expected bigrams inside of spans, shape (batch, tag, tag). A span of two words has B L; a span of w + 1 > 2 words
    has B I, w − 2 times I I, and I L.
    """
    # Shape: (batch, width, type)
    counts = spans.marginals.spans.sum(1, dtype=torch.float64)
    num_types = counts.shape[2]
    repeats = torch.arange(-2, counts.shape[1] - 2, device=counts.device, dtype=torch.float64).clamp(min=0)
    two_words, more_words = counts[:, 1:2].sum(1), counts[:, 2:].sum(1)
    begin, inner, last = (torch.arange(num_types, device=counts.device) + 1 + num_types * k for k in range(3))
    bigrams = counts.new_zeros(len(counts), 1 + 4 * num_types, 1 + 4 * num_types)
    bigrams[:, begin, last] = two_words
    bigrams[:, begin, inner] = bigrams[:, inner, last] = more_words
    bigrams[:, inner, inner] = (counts * repeats.view(-1, 1)).sum(1)
    return bigrams


def _bigrams_across_boundaries(tokens: Tensor, num_types: int) -> Tensor:
    """
    Expected bigrams across a boundary between spans or words outside of spans, shape (batch, tag, tag). Given such a
    boundary, the tags on its two sides are independent: P(y_{i−1}, y_i) = P(y_{i−1}) · P(y_i) / P(boundary).
    """
    tags = torch.arange(1 + 4 * num_types, device=tokens.device)
    begins = (tags <= num_types) | (tags > 3 * num_types)
    ends = (tags == 0) | (tags > 2 * num_types)
    before, after = tokens[:, :-1] * ends, tokens[:, 1:] * begins
    boundary = before.sum(-1, keepdim=True).clamp(min=torch.finfo(tokens.dtype).tiny)
    return (before / boundary).transpose(1, 2) @ after
