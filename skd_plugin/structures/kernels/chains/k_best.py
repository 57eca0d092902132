"""k-best Viterbi: the k legal label sequences y of highest Σ_i s_i[y_i] + Σ_{i≥2} T[y_{i−1}, y_i]."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from skd_plugin.structures.kernels.chains.viterbi import Legal, search
from skd_plugin.structures.kernels.compiled import compiled_strictly


def k_best_sequences(
    scores: Tensor, transitions: Tensor | None, lengths: Tensor, legal: Legal, k: int
) -> tuple[Tensor, Tensor]:
    """
    # Parameters

    scores : shape (batch, n, label), start and end scores included
    transitions : shape (label, label), [from, to]; None if they are all 0
    lengths : shape (batch,)
    legal : which sequences are legal

    # Returns

    The labels, shape (batch, k, n), best first, 0 on padding; and their scores, float64, shape (batch, k), −∞ where
    there are fewer than k sequences.

    Runs compiled on the CPU for any device.
    """
    if k < 1:
        raise ValueError(f"k is {k}; ask for at least one structure.")
    labels, totals = _batch(*search(scores, transitions, lengths, legal), k)
    return torch.from_numpy(labels).to(scores.device), torch.from_numpy(totals).to(scores.device)


@compiled_strictly
def _batch(scores, transitions, start, end, lengths, k):  # type: ignore[no-untyped-def]
    batch, length, _ = scores.shape
    labels = np.zeros((batch, k, length), np.int64)
    values = np.empty((batch, k))
    values[:] = -np.inf
    for b in range(batch):
        n = lengths[b]
        if n == 0:
            values[b, 0] = 0.0
            continue
        best, back = _forward(scores[b, :n], transitions, start, k)
        for rank in range(k):
            _take_best(best, end, back, labels[b, rank, :n], values, b, rank)
    return labels, values


@compiled_strictly
def _forward(scores, transitions, start, k):  # type: ignore[no-untyped-def]
    """best[y, r]: the r-th best score of a prefix that ends in y; back[i, y, r] = (previous label) · k + (its rank)."""
    n, size = scores.shape
    best, extended = np.empty((size, k)), np.empty((size, k))
    best[:] = -np.inf
    for y in range(size):
        best[y, 0] = start[y] + scores[0, y]
    back = np.zeros((n, size, k), np.int32)
    for i in range(1, n):
        extended[:] = -np.inf
        for y in range(size):
            _merge(best, transitions[:, y], extended[y], back[i, y])
            for rank in range(k):
                extended[y, rank] += scores[i, y]
        best, extended = extended, best
    return best, back


@compiled_strictly
def _merge(best, steps, merged, origin):  # type: ignore[no-untyped-def]
    """
    Inserts the k best of best[y', r] + steps[y'] into `merged`. Each row of `best` is sorted, so the first value that
    is not inserted ends its row.
    """
    size, k = best.shape
    for previous in range(size):
        for rank in range(k):
            value = best[previous, rank] + steps[previous]
            if value <= merged[k - 1]:
                break
            slot = k - 1
            while slot > 0 and value > merged[slot - 1]:
                merged[slot] = merged[slot - 1]
                origin[slot] = origin[slot - 1]
                slot -= 1
            merged[slot] = value
            origin[slot] = previous * k + rank


@compiled_strictly
def _take_best(best, end, back, labels, values, b, rank):  # type: ignore[no-untyped-def]
    """Removes the best complete sequence from `best` and writes its labels, from the last to the first."""
    size, k = best.shape
    top, last, place = -np.inf, 0, 0
    for y in range(size):
        for r in range(k):
            if best[y, r] + end[y] > top:
                top, last, place = best[y, r] + end[y], y, r
    values[b, rank] = top
    if top == -np.inf:
        return
    best[last, place] = -np.inf
    for i in range(len(labels) - 1, -1, -1):
        labels[i] = last
        code = back[i, last, place]
        last, place = code // k, code % k
