"""
Forward–backward of chains, compiled: scaled α_i(y) and β_i(y) in the probability domain, with one matrix product per
word for all sentences.
"""

from __future__ import annotations

from math import exp, log

import numpy as np

from skd_plugin.structures.kernels.compiled import compiled

# A sentence is safe if no normalizer is below the floor, and if two sums are right within the tolerance: Σ_y α_i(y)
# β_i(y), which in theory is the same at every word, and the expected transition counts, which sum to n − 1. The second
# can overflow where the first does not. The values are for float32 and float64.
_FLOOR = (1e-12, 1e-100)
_TOLERANCE = (2e-5, 1e-8)
_BLOCK = 64


@compiled
def forward_backward(weights, transitions, lengths, with_counts):  # type: ignore[no-untyped-def]
    """
    # Parameters

    weights : exp(scores), start and end scores included, shape (batch, n, label); overwritten with the token marginals
    transitions : shape (label, label), [from, to]
    lengths : shape (batch,)

    # Returns

    log Z, shape (batch,), float64; expected transition counts, float64, shape (batch, label, label), or
    (batch, 0, label) if not requested; and whether each sentence is safe, shape (batch,). The results of sentences that
    are not safe are wrong.
    """
    batch, _, size = weights.shape
    shift = _largest(transitions)
    steps = np.empty((size, size), weights.dtype)
    for y in range(size):
        for z in range(size):
            steps[y, z] = exp(transitions[y, z] - shift)
    order, active = _by_length(lengths, weights.shape[1])
    alpha, normalizers = _forward(weights, steps, order, active)
    arriving, safe = _backward(weights, steps, order, active, alpha, normalizers, with_counts)
    counts = np.zeros((batch, size if with_counts else 0, size))
    if with_counts:
        _count(alpha, arriving, steps, lengths, counts, safe)
    log_z, floor = np.zeros(batch), _FLOOR[0 if weights.itemsize == 4 else 1]
    for b in range(batch):
        weights[b, lengths[b] :] = 0
        log_z[b] = shift * max(lengths[b] - 1, 0)
        for i in range(lengths[b]):
            log_z[b] += log(normalizers[b, i])
            safe[b] = safe[b] and normalizers[b, i] > floor
    return log_z, counts, safe


@compiled
def _by_length(lengths, longest):  # type: ignore[no-untyped-def]
    """The sentences, longest first, and how many of them have a word at each position (0 after the last position)."""
    active = np.zeros(longest + 1, np.int64)
    for b in range(len(lengths)):
        for i in range(lengths[b]):
            active[i] += 1
    order, place = np.empty_like(lengths), active.copy()
    for b in range(len(lengths)):
        order[place[lengths[b]]] = b  # behind the longer ones, of which there are active[length]
        place[lengths[b]] += 1
    return order, active


@compiled
def _forward(weights, steps, order, active):  # type: ignore[no-untyped-def]
    """α_i = (α_{i−1} / c_{i−1}) · steps ∘ weights_i with c_i = Σ_y α_i(y), so that scaling takes no separate pass."""
    batch, length, size = weights.shape
    one = weights.dtype.type(1)
    alpha, normalizers = np.empty_like(weights), np.ones((batch, length), weights.dtype)
    now, next_ = np.ones((batch, size), weights.dtype), np.ones((batch, size), weights.dtype)
    for i in range(length):
        for row in range(active[i]):
            b = order[row]
            scale = one / normalizers[b, i - 1] if i > 0 else one
            total = weights.dtype.type(0)
            for y in range(size):
                value = next_[row, y] * weights[b, i, y] * scale
                alpha[b, i, y] = now[row, y] = value
            for y in range(size):
                total += now[row, y]
            normalizers[b, i] = total
        if active[i + 1] > 0:
            np.dot(now[: active[i + 1]], steps, next_[: active[i + 1]])
    return alpha, normalizers


@compiled
def _backward(weights, steps, order, active, alpha, normalizers, with_counts):  # type: ignore[no-untyped-def]
    """
    β_i = steps · (weights_{i+1} ∘ β_{i+1} / c_{i+1}), so that Σ_y α_i(y) β_i(y) = c_i; `weights` become the marginals.

    Returns weights_i ∘ β_i / c_i divided by Σ_y α_{i−1}(y) β_{i−1}(y), and for which sentences that equation holds.
    """
    batch, length, size = weights.shape
    one = weights.dtype.type(1)
    arriving = np.empty((batch if with_counts else 0, length, size), weights.dtype)
    safe, tolerance = np.ones(batch, np.bool_), _TOLERANCE[0 if weights.itemsize == 4 else 1]
    back = steps.T.copy()
    beta, pending = np.ones((batch, size), weights.dtype), np.empty((batch, size), weights.dtype)
    for i in range(length - 1, -1, -1):
        going = active[i + 1]
        if going > 0:
            np.dot(pending[:going], back, beta[:going])
        for row in range(active[i]):
            b = order[row]
            mass = weights.dtype.type(0)
            for y in range(size):
                mass += alpha[b, i, y] * beta[row, y]
            scale, share = one / normalizers[b, i], one / mass
            safe[b] = safe[b] and abs(mass * scale - one) < tolerance
            if with_counts and row < going:
                for y in range(size):
                    arriving[b, i + 1, y] = pending[row, y] * share
            for y in range(size):
                pending[row, y] = weights[b, i, y] * beta[row, y] * scale
                weights[b, i, y] = alpha[b, i, y] * beta[row, y] * share
    return arriving, safe


@compiled
def _count(alpha, arriving, steps, lengths, counts, safe):  # type: ignore[no-untyped-def]
    """
    Adds Σ_i P(y_{i−1}, y_i) = (αᵀ · arriving) ∘ steps to zeros, in blocks, because a long sum in float32 loses its
    small terms.

    Sentences with a block whose counts do not sum to its number of transitions, or are not finite, become unsafe.
    """
    size, tolerance = len(steps), _TOLERANCE[0 if steps.itemsize == 4 else 1]
    for b in range(len(lengths)):
        for start in range(1, lengths[b], _BLOCK):
            end = min(start + _BLOCK, lengths[b])
            sums, total = np.dot(alpha[b, start - 1 : end - 1].T, arriving[b, start:end]), 0.0
            for y in range(size):
                for z in range(size):
                    counts[b, y, z] += sums[y, z] * steps[y, z]
                for z in range(size):
                    total += sums[y, z] * steps[y, z]
            # False for NaN.
            safe[b] = safe[b] and abs(total - (end - start)) < tolerance * (end - start)


@compiled
def _largest(matrix):  # type: ignore[no-untyped-def]
    largest = matrix[0, 0]
    for y in range(matrix.shape[0]):
        for z in range(matrix.shape[1]):
            largest = max(largest, matrix[y, z])
    return float(largest)


@compiled
def shifted(emissions, start, end, lengths):  # type: ignore[no-untyped-def]
    """
    Emissions minus their maximum at each word, with start and end scores added at the first and the last word, 0 on
    padding; and the sum of those maxima, shape (batch,), float64.
    """
    batch, _, size = emissions.shape
    scores, total = np.zeros_like(emissions), np.zeros(batch)
    for b in range(batch):
        for i in range(lengths[b]):
            peak = emissions[b, i, 0]
            for y in range(1, size):
                peak = max(peak, emissions[b, i, y])
            for y in range(size):
                scores[b, i, y] = emissions[b, i, y] - peak
            total[b] += peak
        for y in range(size if lengths[b] > 0 else 0):
            scores[b, 0, y] += start[y]
            scores[b, lengths[b] - 1, y] += end[y]
    return scores, total
