"""Forward–backward of chains: P(y_i) and Σ_i P(y_{i−1}, y_i), scaled float32, where needed float64 or log domain."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from skd_plugin.structures.kernels.chains import forward_backward_numba, forward_backward_torch


class ChainPotentials(NamedTuple):
    """emissions (batch, n, label), transitions (label, label), start and end (label,); detached."""

    emissions: Tensor
    transitions: Tensor
    start: Tensor
    end: Tensor


class Inference(NamedTuple):
    """
    log_z : shape (batch,), float64
    tokens : marginals of the labels, shape (batch, n, label)
    counts : expected transition counts, shape (batch, label, label), float64, with no rows unless wanted
    """

    log_z: Tensor
    tokens: Tensor
    counts: Tensor


class Shifted(NamedTuple):
    """
    Emissions less their maximum at each word, start and end scores added at the first and the last: `scores`, and the
    sum of those maxima: `total`, shape (batch,), float64.

    The shift changes no probability, and keeps the precision of potentials that are far from 0.
    """

    scores: Tensor
    total: Tensor


def shifted(potentials: ChainPotentials, lengths: Tensor) -> Shifted:
    emissions, _, start, end = potentials
    if emissions.device.type == "cpu":
        arrays = emissions.contiguous().numpy(), start.numpy(), end.numpy(), lengths.numpy()
        return Shifted(*map(torch.from_numpy, forward_backward_numba.shifted(*arrays)))
    peaks = emissions.amax(-1)
    scores = (emissions - peaks.unsqueeze(-1)).contiguous()
    scores[:, 0] += start
    rows, last = torch.arange(len(scores), device=scores.device), (lengths - 1).clamp(min=0)
    scores[rows, last] += end
    real = torch.arange(scores.shape[1], device=scores.device) < lengths.unsqueeze(1)
    return Shifted(scores, (peaks * real).sum(1, dtype=torch.float64))


def forward_backward(potentials: ChainPotentials, words: Shifted, lengths: Tensor, with_counts: bool) -> Inference:
    """On the CPU compiled, and once more, more exactly, for the sentences that the compiled kernel finds unsafe."""
    transitions = potentials.transitions
    if words.scores.device.type != "cpu":
        return _unshifted(
            forward_backward_torch.forward_backward(words.scores, transitions, lengths, with_counts), words
        )
    tokens = words.scores.exp()
    arrays = tokens.numpy(), transitions.contiguous().numpy(), lengths.numpy()
    # The kernel overwrites its first argument with the token marginals.
    log_z, counts, safe = map(torch.from_numpy, forward_backward_numba.forward_backward(*arrays, with_counts))
    found = _unshifted((log_z, tokens, counts), words)
    if not safe.all():
        _redo(found, ~safe, potentials, lengths, with_counts)
    return found


def _redo(found: Inference, rows: Tensor, potentials: ChainPotentials, lengths: Tensor, with_counts: bool) -> None:
    """float32 is done again in float64 from the potentials themselves, float64 in the log domain."""
    exact = ChainPotentials(*(p.double() for p in potentials))._replace(emissions=potentials.emissions[rows].double())
    words = shifted(exact, lengths[rows])
    if potentials.emissions.dtype == torch.float32:
        again = forward_backward(exact, words, lengths[rows], with_counts)
    else:
        again = _unshifted(
            forward_backward_torch.forward_backward(words.scores, exact.transitions, lengths[rows], with_counts), words
        )
    for old, new in zip(found, again):
        old[rows] = new.to(old.dtype)


def _unshifted(found: tuple[Tensor, Tensor, Tensor], words: Shifted) -> Inference:
    log_z, tokens, counts = found
    return Inference(log_z + words.total, tokens, counts)
