"""
Forward–backward of chains in batched torch, for devices other than the CPU: α_i(y) and β_i(y) in the log domain and in
float64, both directions in one loop.
"""

from __future__ import annotations

import torch
from torch import Tensor


def forward_backward(
    scores: Tensor, transitions: Tensor, lengths: Tensor, with_counts: bool
) -> tuple[Tensor, Tensor, Tensor]:
    """
    # Parameters

    scores : shape (batch, n, label), start and end scores included
    transitions : shape (label, label), [from, to]
    lengths : shape (batch,)

    # Returns

    log Z, shape (batch,), float64; token marginals, shape (batch, n, label); and expected transition counts, float64,
    shape (batch, label, label), or (batch, 0, label) if not requested.

    The time of a loop over n is that of kernel launches, not of arithmetic, so float64 costs little. It is precise
    enough for any potentials.
    """
    exact, steps = scores.double(), transitions.double()
    alpha, suffix, log_z = _both_directions(exact, steps, lengths)
    padding = _padding(scores, lengths)
    logs = alpha + suffix - exact - log_z.view(-1, 1, 1)
    marginals = logs.masked_fill(padding.unsqueeze(-1), -torch.inf).exp()
    counts = (
        _counts(alpha, steps, suffix, log_z, padding) if with_counts else exact.new_zeros(len(exact), 0, steps.shape[1])
    )
    return log_z, marginals.to(scores.dtype), counts


def token_log_marginals(scores: Tensor, transitions: Tensor, lengths: Tensor) -> Tensor:
    """log P(y_i = y), float64, shape (batch, n, label), 0 on padding; differentiable in scores and transitions."""
    exact, steps = scores.double(), transitions.double()
    alpha, suffix, log_z = _both_directions(exact, steps, lengths)
    logs = alpha + suffix - exact - log_z.view(-1, 1, 1)
    return logs.masked_fill(_padding(scores, lengths).unsqueeze(-1), 0.0)


def _both_directions(scores: Tensor, transitions: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """
    log Σ over the labelings of the words up to i, and of the words from i on, both (batch, n, label) and with the score
    of word i; and log Z, shape (batch,).
    """
    if scores.shape[1] == 0:
        return scores, scores, scores.sum((1, 2))
    backwards = _reversal(lengths, scores.shape[1])
    both = torch.stack([scores, _gather(scores, backwards)])
    prefix = _prefix_scores(both, torch.stack([transitions, transitions.T]))
    alpha, suffix = prefix[0], _gather(prefix[1], backwards)
    last = (lengths - 1).clamp(min=0).view(-1, 1, 1).expand(-1, 1, scores.shape[2])
    log_z = torch.where(lengths > 0, alpha.gather(1, last).squeeze(1).logsumexp(-1), 0.0)
    return alpha, suffix, log_z


def _padding(scores: Tensor, lengths: Tensor) -> Tensor:
    return torch.arange(scores.shape[1], device=scores.device) >= lengths.unsqueeze(1)


def _prefix_scores(scores: Tensor, transitions: Tensor) -> Tensor:
    """log Σ over the labelings of the words up to i, for each direction: shape (2, batch, n, label)."""
    columns = [scores[:, :, 0]]
    for i in range(1, scores.shape[2]):
        # Shape: (2, batch, from, to)
        joint = columns[-1].unsqueeze(-1) + transitions.unsqueeze(1)
        columns.append(scores[:, :, i] + joint.logsumexp(2))
    return torch.stack(columns, dim=2)


def _counts(alpha: Tensor, steps: Tensor, suffix: Tensor, log_z: Tensor, padding: Tensor) -> Tensor:
    """Σ_i P(y_{i−1}, y_i), one position at a time, so that no (batch, n, label, label) table is built."""
    counts = alpha.new_zeros(len(alpha), *steps.shape)
    for i in range(1, alpha.shape[1]):
        pair = alpha[:, i - 1].unsqueeze(2) + steps + suffix[:, i].unsqueeze(1) - log_z.view(-1, 1, 1)
        counts += pair.masked_fill(padding[:, i].view(-1, 1, 1), -torch.inf).exp()
    return counts


def _reversal(lengths: Tensor, length: int) -> Tensor:
    """The index that reverses each sentence and leaves its padding in place, shape (batch, n)."""
    positions = torch.arange(length, device=lengths.device).unsqueeze(0)
    mirrored = lengths.unsqueeze(1) - 1 - positions
    return torch.where(mirrored >= 0, mirrored, positions)


def _gather(values: Tensor, index: Tensor) -> Tensor:
    return values.gather(1, index.unsqueeze(-1).expand_as(values))
