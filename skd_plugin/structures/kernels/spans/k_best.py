"""
The best and the k best sets of spans that do not overlap, by semi-Markov Viterbi, compiled:

    best_i = max(best_{i+1}, max_{i≤j,t} s(i, j, t) + best_{j+1})
"""

from __future__ import annotations

from functools import partial

import numpy as np
from torch import Tensor

from skd_plugin.structures.kernels.compiled import compiled_strictly, on_cpu


def best_spans(scores: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor]:
    """
    Widths and types of the best set of spans, shape (batch, n), 0 on padding. Among equally good sets, it is one with
    the fewest spans.

    See `k_best_spans` for the parameters.
    """
    widths, types, _ = k_best_spans(scores, lengths, 1)
    return widths.squeeze(1), types.squeeze(1)


def k_best_spans(scores: Tensor, lengths: Tensor, k: int) -> tuple[Tensor, Tensor, Tensor]:
    """
    # Parameters

    scores : log-odds, shape (batch, n, width, type); those of spans that would end beyond the sentence are ignored, and
        words outside of spans score 0
    lengths : shape (batch,)
    k : at least 1

    # Returns

    Widths and types of the k best sets of spans, shape (batch, k, n), best first; and their scores, float64, shape
    (batch, k). Where there are fewer than k sets, the scores are −∞ and the widths 0.

    Runs compiled on the CPU for any device, at worst in O(n · width · type · k²).
    """
    if k < 1:
        raise ValueError(f"k is {k}; ask for at least one structure.")
    widths, types, values = on_cpu(partial(_k_best, k=k), scores.double(), lengths)
    return widths, types, values


@compiled_strictly
def _k_best(scores, lengths, k):  # type: ignore[no-untyped-def]
    """
    # Parameters

    scores : shape (batch, n, width, type), float64
    lengths : shape (batch,)

    # Returns

    Widths and types of the k best sets of spans, shape (batch, k, n), and their scores, shape (batch, k).
    """
    batch, n, _, size = scores.shape
    widths, types = np.zeros((batch, k, n), np.int64), np.zeros((batch, k, n), np.int64)
    values = np.empty((batch, k))
    best, counts, steps = np.empty((n + 1, k)), np.empty((n + 1, k), np.int64), np.empty((n + 1, k), np.int64)
    for b in range(batch):
        _search(scores[b], lengths[b], best, counts, steps)
        values[b] = best[0]
        for rank in range(k):
            if best[0, rank] > -np.inf:
                _trace(steps, rank, size, widths[b, rank, : lengths[b]], types[b, rank])
    return widths, types, values


@compiled_strictly
def _search(scores, length, best, counts, steps):  # type: ignore[no-untyped-def]
    """
    best[i, r]: the r-th best score of the words from i on; counts[i, r]: the number of its spans; steps[i, r]: its
    first step, encoded as ((width, or 0 for a word outside) · size + type) · k + (rank of the words after the step).
    """
    _, width, size = scores.shape
    k = best.shape[1]
    best[: length + 1], counts[: length + 1] = -np.inf, 0
    best[length, 0] = 0.0
    for i in range(length - 1, -1, -1):
        _merge(best, counts, steps, i, i + 1, 0.0, 0)
        for w in range(min(width, length - i)):
            for t in range(size):
                _merge(best, counts, steps, i, i + w + 1, scores[i, w, t], ((w + 1) * size + t) * k)


@compiled_strictly
def _merge(best, counts, steps, i, rest, score, code):  # type: ignore[no-untyped-def]
    """
    Inserts `score` followed by each of row `rest` into row i, which keeps its k best. Rows are sorted, so the first
    value that is not inserted ends the loop.
    """
    k, added = best.shape[1], 1 if code > 0 else 0
    for rank in range(k):
        value, count = best[rest, rank] + score, counts[rest, rank] + added
        if not _is_better(value, count, best[i, k - 1], counts[i, k - 1]):
            break
        slot = k - 1
        while slot > 0 and _is_better(value, count, best[i, slot - 1], counts[i, slot - 1]):
            best[i, slot], counts[i, slot], steps[i, slot] = best[i, slot - 1], counts[i, slot - 1], steps[i, slot - 1]
            slot -= 1
        best[i, slot], counts[i, slot], steps[i, slot] = value, count, code + rank


@compiled_strictly
def _is_better(value, count, other, other_count):  # type: ignore[no-untyped-def]
    """Whether the score is higher, or the same with fewer spans."""
    return value > other or (value == other and count < other_count)


@compiled_strictly
def _trace(steps, rank, size, widths, types):  # type: ignore[no-untyped-def]
    """Writes one set of spans, from the first to the last."""
    i, k = 0, steps.shape[1]
    while i < len(widths):
        code = steps[i, rank]
        widths[i], types[i], rank = code // k // size, code // k % size, code % k
        i += max(widths[i], 1)
