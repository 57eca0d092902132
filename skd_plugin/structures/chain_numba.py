"""Forward–backward of chains on the CPU, compiled: scaled float32, float64 where needed, log domain as last resort."""

from __future__ import annotations

import numpy as np
from numba import njit

# float32 is accepted when no normaliser is smaller than this and both directions agree on log Z; the same for float64.
_FLOOR_32, _AGREE_32 = 1e-12, 1e-3
_FLOOR_64, _AGREE_64 = 1e-100, 1e-7

_compiled = njit(cache=True, nogil=True, error_model="numpy", fastmath={"reassoc", "contract", "arcp", "nsz"})


@_compiled
def forward_backward(scores, weights, transitions, lengths, with_counts):  # type: ignore[no-untyped-def]
    """
    log Z, token marginals and, if wanted, expected transition counts of each sentence.

    # Parameters

    scores : shape (batch, n, label), start and end scores included, not far above 0
    weights : exp(scores), same shape; overwritten with the token marginals
    transitions : shape (label, label), [from, to]
    lengths : shape (batch,)

    # Returns

    log Z, shape (batch,), float64; counts, shape (batch, label, label), float64, zero unless wanted.
    """
    batch, length, size = scores.shape
    shift = transitions.max()
    steps = np.exp(transitions - shift).astype(weights.dtype)
    steps_back = steps.T.copy()
    log_z = np.zeros(batch)
    counts = np.zeros((batch, size if with_counts else 0, size))
    alpha = np.empty((length, size), weights.dtype)
    floor, agree = (_FLOOR_32, _AGREE_32) if weights.itemsize == 4 else (_FLOOR_64, _AGREE_64)
    for b in range(batch):
        n = lengths[b]
        weights[b, n:] = 0
        if n > 0:
            log_scale, safe = _scaled(weights[b, :n], steps, steps_back, alpha, counts[b], floor, agree)
            if safe:
                log_z[b] = log_scale + shift * (n - 1.0)
            else:
                log_z[b] = _retry(scores[b, :n], weights[b, :n], transitions, counts[b])
    return log_z, counts


@_compiled
def _retry(scores, marginals, transitions, counts):  # type: ignore[no-untyped-def]
    """The same for one sentence, in float64 and, if even that is not safe, in the log domain."""
    n = len(scores)
    exact = scores.astype(np.float64)
    shift = float(transitions.max())
    steps = np.exp(transitions.astype(np.float64) - shift)
    weights = np.empty_like(exact)
    alpha = np.empty_like(exact)
    peaks = 0.0
    for i in range(n):
        peak = exact[i].max()
        weights[i] = np.exp(exact[i] - peak)
        peaks += peak
    log_scale, safe = _scaled(weights, steps, steps.T.copy(), alpha, counts, _FLOOR_64, _AGREE_64)
    if safe:
        marginals[:] = weights.astype(marginals.dtype)
        return log_scale + shift * (n - 1.0) + peaks
    log_z = _log_domain(exact, transitions.astype(np.float64), weights, counts)
    marginals[:] = weights.astype(marginals.dtype)
    return log_z


@_compiled
def _scaled(weights, steps, steps_back, alpha, counts, floor, agree):  # type: ignore[no-untyped-def]
    """
    Probability domain, each step normalised. `weights` becomes the token marginals, `counts` is filled if it has rows.

    Returns log Σ_y Π weights · steps, and whether both directions agree on it with no normaliser below `floor`.
    """
    n, size = weights.shape
    log_forward, smallest = _forward(weights, steps, alpha)
    log_backward = 0.0
    beta = np.ones(size, weights.dtype)
    pending = np.empty(size, weights.dtype)
    counts[:] = 0
    for i in range(n - 1, -1, -1):
        scale = 0.0
        if i < n - 1:
            _times(pending, steps_back, beta)
            scale = _normalize(beta)
            log_backward += np.log(scale)
            smallest = min(smallest, scale)
        mass = np.dot(alpha[i], beta)
        smallest = min(smallest, mass)
        if i < n - 1 and len(counts) > 0:
            _add_outer(counts, alpha[i], pending, 1.0 / (scale * mass))
        for y in range(size):
            pending[y] = weights[i, y] * beta[y]
            weights[i, y] = alpha[i, y] * beta[y] / mass
    log_backward += np.log(pending.sum())
    for y in range(len(counts)):
        for z in range(size):
            counts[y, z] *= steps[y, z]
    return log_forward, smallest > floor and abs(log_forward - log_backward) < agree


@_compiled
def _forward(weights, steps, alpha):  # type: ignore[no-untyped-def]
    n, size = weights.shape
    alpha[0] = weights[0]
    smallest = _normalize(alpha[0])
    log_scale = np.log(smallest)
    for i in range(1, n):
        _times(alpha[i - 1], steps, alpha[i])
        for y in range(size):
            alpha[i, y] *= weights[i, y]
        scale = _normalize(alpha[i])
        log_scale += np.log(scale)
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
    total = values.sum()
    if total > 0:
        inverse = values.dtype.type(1) / total
        for y in range(len(values)):
            values[y] *= inverse
    return float(total)


@_compiled
def _log_domain(scores, transitions, marginals, counts):  # type: ignore[no-untyped-def]
    """Exact for any finite potentials, an order of magnitude slower."""
    n, size = scores.shape
    alpha = scores.copy()
    beta = np.zeros((n, size))
    for i in range(1, n):
        for y in range(size):
            alpha[i, y] += _logsumexp(alpha[i - 1] + transitions[:, y])
    for i in range(n - 2, -1, -1):
        for y in range(size):
            beta[i, y] = _logsumexp(transitions[y] + scores[i + 1] + beta[i + 1])
    log_z = _logsumexp(alpha[n - 1])
    marginals[:] = np.exp(alpha + beta - log_z)
    counts[:] = 0
    for i in range(1, n if len(counts) > 0 else 0):
        for y in range(size):
            counts[y] += np.exp(alpha[i - 1, y] + transitions[y] + scores[i] + beta[i] - log_z)
    return log_z


@_compiled
def _logsumexp(values):  # type: ignore[no-untyped-def]
    peak = values.max()
    return peak + np.log(np.exp(values - peak).sum())
