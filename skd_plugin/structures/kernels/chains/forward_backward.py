"""Forward–backward of chains: log Z, P(y_i) and Σ_i P(y_{i−1}, y_i), scaled or, where necessary, in the log domain."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from skd_plugin.structures.kernels.chains import forward_backward_numba, forward_backward_torch


class ChainPotentials(NamedTuple):
    """
    emissions : shape (batch, n, label)
    transitions : shape (label, label), [from, to]
    start, end : shape (label,)
    """

    emissions: Tensor
    transitions: Tensor
    start: Tensor
    end: Tensor


class Inference(NamedTuple):
    """
    log_z : shape (batch,), float64
    tokens : marginals of the labels, shape (batch, n, label)
    counts : expected transition counts, shape (batch, label, label), float64; shape (batch, 0, label) if not requested
    """

    log_z: Tensor
    tokens: Tensor
    counts: Tensor


class Shifted(NamedTuple):
    """
    Emissions minus their maximum at each word. The shift changes no probability, and keeps the precision of potentials
    that are far from 0.

    scores : the shifted emissions, with start and end scores added at the first and the last word
    total : the sum of the maxima, shape (batch,), float64
    """

    scores: Tensor
    total: Tensor


def shifted(potentials: ChainPotentials, lengths: Tensor) -> Shifted:
    """The shifted emissions of detached potentials."""
    emissions, _, start, end = potentials
    if emissions.device.type == "cpu":
        arrays = emissions.contiguous().numpy(), start.numpy(), end.numpy(), lengths.numpy()
        return Shifted(*map(torch.from_numpy, forward_backward_numba.shifted(*arrays)))
    peaks = emissions.amax(-1)
    scores = (emissions - peaks.unsqueeze(-1)).contiguous()
    if scores.shape[1] == 0:
        return Shifted(scores, peaks.sum(1, dtype=torch.float64))
    scores[:, 0] += start
    rows, last = torch.arange(len(scores), device=scores.device), (lengths - 1).clamp(min=0)
    scores[rows, last] += end
    mask = torch.arange(scores.shape[1], device=scores.device) < lengths.unsqueeze(1)
    return Shifted(scores, (peaks * mask).sum(1, dtype=torch.float64))


def forward_backward(potentials: ChainPotentials, words: Shifted, lengths: Tensor, with_counts: bool) -> Inference:
    """
    Forward–backward of detached potentials. It is compiled on the CPU, where the sentences that the compiled kernel
    finds unsafe are computed again with more precision; elsewhere it is batched torch.

    # Parameters

    words : `shifted(potentials, lengths)`
    lengths : shape (batch,)
    with_counts : whether to compute the expected transition counts
    """
    transitions = potentials.transitions
    if words.scores.device.type != "cpu":
        results = forward_backward_torch.forward_backward(words.scores, transitions, lengths, with_counts)
        return _undo_shift(results, words)
    tokens = words.scores.exp()
    arrays = tokens.numpy(), transitions.contiguous().numpy(), lengths.numpy()
    # The kernel overwrites its first argument with the token marginals.
    log_z, counts, safe = map(torch.from_numpy, forward_backward_numba.forward_backward(*arrays, with_counts))
    results = _undo_shift((log_z, tokens, counts), words)
    if not safe.all():
        _recompute(results, ~safe, potentials, lengths, with_counts)
    return results


def _recompute(
    results: Inference, rows: Tensor, potentials: ChainPotentials, lengths: Tensor, with_counts: bool
) -> None:
    """Overwrites the results of some sentences: in float64 if they are in float32, otherwise in the log domain."""
    exact = ChainPotentials(*(p.double() for p in potentials))._replace(emissions=potentials.emissions[rows].double())
    words = shifted(exact, lengths[rows])
    if potentials.emissions.dtype == torch.float32:
        recomputed = forward_backward(exact, words, lengths[rows], with_counts)
    else:
        in_log_domain = forward_backward_torch.forward_backward(
            words.scores, exact.transitions, lengths[rows], with_counts
        )
        recomputed = _undo_shift(in_log_domain, words)
    for old, new in zip(results, recomputed):
        old[rows] = new.to(old.dtype)


def _undo_shift(results: tuple[Tensor, Tensor, Tensor], words: Shifted) -> Inference:
    log_z, tokens, counts = results
    return Inference(log_z + words.total, tokens, counts)
