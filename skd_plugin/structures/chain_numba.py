"""Forward–backward of chains on the CPU, compiled: probability domain, each step normalized, sentence by sentence."""

from __future__ import annotations

from math import exp, log

import numpy as np
from numba import njit

# A sentence is safe if no normalizer is smaller than the floor and both directions agree on log Z; [float32, float64].
_FLOOR = (1e-12, 1e-100)
_AGREEMENT = (1e-3, 1e-7)

# Loops over scalars, because array expressions take numba seconds to compile.
_compiled = njit(cache=True, nogil=True, error_model="numpy", fastmath={"reassoc", "contract", "arcp", "nsz"})


@_compiled
def forward_backward(weights, transitions, lengths, with_counts):  # type: ignore[no-untyped-def]
    """
    # Parameters

    weights : exp(scores), start and end scores included, shape (batch, n, label); overwritten with the token marginals
    transitions : shape (label, label), [from, to]
    lengths : shape (batch,)

    # Returns

    log Z, shape (batch,), float64; expected transition counts, shape (batch, label, label), float64, with no rows
    unless wanted; and whether a sentence was safe, shape (batch,). What is not safe is not right.
    """
    batch, length, size = weights.shape
    shift = _largest(transitions)
    steps, steps_back = np.empty((size, size), weights.dtype), np.empty((size, size), weights.dtype)
    for y in range(size):
        for z in range(size):
            steps[y, z] = steps_back[z, y] = exp(transitions[y, z] - shift)
    log_z, safe = np.zeros(batch), np.ones(batch, np.bool_)
    counts = np.zeros((batch, size if with_counts else 0, size))
    alpha = np.empty((length, size), weights.dtype)
    for b in range(batch):
        n = lengths[b]
        weights[b, n:] = 0
        if n > 0:
            log_scale, safe[b] = _sentence(weights[b, :n], steps, steps_back, alpha, counts[b])
            log_z[b] = log_scale + shift * (n - 1.0)
    return log_z, counts, safe


@_compiled
def _sentence(weights, steps, steps_back, alpha, counts):  # type: ignore[no-untyped-def]
    """log Σ_y Π_i weights · steps and whether it is safe; `weights` becomes the token marginals, `counts` is filled."""
    n, size = weights.shape
    precision = 0 if weights.itemsize == 4 else 1
    log_forward, smallest = _forward(weights, steps, alpha)
    log_backward = 0.0
    beta, pending = np.ones(size, weights.dtype), np.empty(size, weights.dtype)
    for i in range(n - 1, -1, -1):
        scale = 1.0
        if i < n - 1:
            _times(pending, steps_back, beta)
            scale = _normalize(beta)
            log_backward += log(scale)
        mass = _dot(alpha[i], beta)
        smallest = min(smallest, scale, mass)
        if i < n - 1 and len(counts) > 0:
            _add_outer(counts, alpha[i], pending, 1.0 / (scale * mass))
        for y in range(size):
            pending[y] = weights[i, y] * beta[y]
            weights[i, y] = alpha[i, y] * beta[y] / mass
    log_backward += log(_total(pending))
    for y in range(len(counts)):
        for z in range(size):
            counts[y, z] *= steps[y, z]
    return log_forward, smallest > _FLOOR[precision] and abs(log_forward - log_backward) < _AGREEMENT[precision]


@_compiled
def _forward(weights, steps, alpha):  # type: ignore[no-untyped-def]
    """log Σ_y Π_i weights · steps, and the smallest normalizer; alpha[i] becomes P(y_i | the words up to i)."""
    n, size = weights.shape
    log_scale, smallest = 0.0, np.inf
    for i in range(n):
        if i == 0:
            alpha[i] = 1
        else:
            _times(alpha[i - 1], steps, alpha[i])
        for y in range(size):
            alpha[i, y] *= weights[i, y]
        scale = _normalize(alpha[i])
        log_scale += log(scale)
        smallest = min(smallest, scale)
    return log_scale, smallest


@_compiled
def _times(row, matrix, product):  # type: ignore[no-untyped-def]
    """product = row · matrix, summed row by row so that the inner loop runs over contiguous memory."""
    size = len(row)
    product[:] = 0
    for i in range(size):
        factor = row[i]
        for j in range(size):
            product[j] += factor * matrix[i, j]


@_compiled
def _add_outer(counts, left, right, factor):  # type: ignore[no-untyped-def]
    for i in range(len(left)):
        scaled = left[i] * factor
        for j in range(len(right)):
            counts[i, j] += scaled * right[j]


@_compiled
def _normalize(values):  # type: ignore[no-untyped-def]
    """Divides by the sum, which is returned; it is 0 or not a number where the sentence is not safe."""
    total = _total(values)
    inverse = 1 / total
    for y in range(len(values)):
        values[y] *= inverse
    return float(total)


@_compiled
def _total(values):  # type: ignore[no-untyped-def]
    total = values[0]
    for y in range(1, len(values)):
        total += values[y]
    return total


@_compiled
def _dot(left, right):  # type: ignore[no-untyped-def]
    total = left[0] * right[0]
    for y in range(1, len(left)):
        total += left[y] * right[y]
    return float(total)


@_compiled
def _largest(matrix):  # type: ignore[no-untyped-def]
    largest = matrix[0, 0]
    for y in range(matrix.shape[0]):
        for z in range(matrix.shape[1]):
            largest = max(largest, matrix[y, z])
    return float(largest)
