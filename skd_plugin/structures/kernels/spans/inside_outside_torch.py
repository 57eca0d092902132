"""
Semi-Markov inference in batched torch, for devices other than the CPU: α and β in the log domain and in float64, both
directions in one loop.
"""

from __future__ import annotations

import torch
from torch import Tensor


def inside_outside(scores: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor]:
    """
    # Parameters

    scores : shape (batch, n, width, type); those of spans that would end beyond the sentence are ignored
    lengths : shape (batch,)

    # Returns

    log Z, shape (batch,), float64; and the marginals, like `scores`. They are precise for any scores, because all sums
    are taken in the log domain.
    """
    length, width = scores.shape[1:3]
    positions, wider = torch.arange(length, device=scores.device), torch.arange(width, device=scores.device)
    ends = positions.unsqueeze(1) + wider
    exact = scores.double().masked_fill((ends >= lengths.view(-1, 1, 1)).unsqueeze(-1), -torch.inf)
    alpha, beta = _boundaries(_totals(exact), lengths)
    log_z = alpha.gather(1, lengths.unsqueeze(1)).squeeze(1)
    around = alpha[:, :-1].unsqueeze(2) + beta[:, (ends + 1).clamp(max=length)] - log_z.view(-1, 1, 1)
    return log_z, (exact + around.unsqueeze(-1)).exp().to(scores.dtype)


def _totals(exact: Tensor) -> Tensor:
    """log Σ_t exp s(i, w, t), shape (batch, n, width). A word outside of spans is a type of width 1 with score 0."""
    totals = exact.logsumexp(-1)
    totals[:, :, 0] = torch.logaddexp(totals[:, :, 0], totals.new_zeros(()))
    return totals


def _boundaries(totals: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor]:
    """α and β, log Σ over the sets of spans before and after each boundary: shape (batch, n + 1)."""
    batch, length, width = totals.shape
    # [i, w]: the spans that end with word i; and those that end with word i of the reversed sentence.
    wider = torch.arange(width, device=totals.device)
    words = torch.arange(length + 1, device=totals.device)
    starts = (words[:-1].unsqueeze(1) - wider).clamp(min=0)
    mirrored = (lengths.unsqueeze(1) - 1 - words[:-1]).clamp(min=0)
    ending = torch.stack([totals[:, starts, wider], totals.gather(1, mirrored.unsqueeze(-1).expand_as(totals))])
    prefixes = _prefix_scores(ending.flip(-1))
    return prefixes[0], prefixes[1].gather(1, (lengths.unsqueeze(1) - words).clamp(min=0))


def _prefix_scores(ending: Tensor) -> Tensor:
    """
    log Σ over the sets of spans before each boundary, for each direction: shape (2, batch, n + 1). `ending` holds the
    scores of the spans that end with each word, widest first, shape (2, batch, n, width).
    """
    directions, batch, length, width = ending.shape
    # Spans that would begin before the sentence get −∞.
    prefixes = ending.new_full((directions, batch, width + length), -torch.inf)
    prefixes[:, :, width - 1] = 0
    for i in range(length):
        prefixes[:, :, width + i] = (prefixes[:, :, i : i + width] + ending[:, :, i]).logsumexp(-1)
    return prefixes[:, :, width - 1 :]
