"""Semi-Markov inference, compiled, in the probability domain: B_i = B_{i+1} + Σ_{i≤j,t} e^{s(i,j,t)} · B_{j+1}."""

from __future__ import annotations

from math import log

import numpy as np

from skd_plugin.structures.kernels.compiled import compiled


@compiled
def inside_outside(weights, lengths):  # type: ignore[no-untyped-def]
    """
    # Parameters

    weights : exp(scores), shape (batch, n, width, type), contiguous; overwritten with the marginals
    lengths : shape (batch,)

    # Returns

    log Z, shape (batch,), float64; and whether each sentence is safe, shape (batch,). The results of sentences that are
    not safe are wrong.

    The empty set has weight 1, so every B_i is between 1 and Z, and the probability of a span is at most its weight. So
    scaling is not needed: a sentence is safe if float64 can represent Z, and weights may underflow.
    """
    batch, n, width, _ = weights.shape
    log_z, safe = np.empty(batch), np.empty(batch, np.bool_)
    totals, after, boundaries = np.empty((n, width)), np.empty(n + 1), np.empty(n + 1)
    for b in range(batch):
        _backward(weights[b], lengths[b], totals, after)
        log_z[b], safe[b] = log(after[0]), after[0] < np.inf
        _forward(weights[b], lengths[b], totals, after, boundaries)
    return log_z, safe


@compiled
def _backward(weights, length, totals, after):  # type: ignore[no-untyped-def]
    """
    after[i] = B_i, the total weight of the sets of spans of the words from i on; and the total weight of each span over
    its types.
    """
    _, width, size = weights.shape
    after[length] = 1.0
    for i in range(length - 1, -1, -1):
        total = after[i + 1]
        for w in range(min(width, length - i)):
            weight = 0.0
            for t in range(size):
                weight += weights[i, w, t]
            totals[i, w] = weight
            total += weight * after[i + w + 1]
        after[i] = total


@compiled
def _forward(weights, length, totals, after, boundaries):  # type: ignore[no-untyped-def]
    """
    `weights` become the marginals, e^{s(i, j, t)} · B_{j+1} / B_i · P(no span crosses the boundary before i). Those
    probabilities, `boundaries`, are sums of marginals themselves.
    """
    _, width, size = weights.shape
    boundaries[0] = 1.0
    boundaries[1 : length + 1] = 0.0
    for i in range(length):
        share, count = boundaries[i] / after[i], min(width, length - i)
        boundaries[i + 1] += share * after[i + 1]
        for w in range(count):
            factor = share * after[i + w + 1]
            for t in range(size):
                weights[i, w, t] *= factor
            boundaries[i + w + 1] += totals[i, w] * factor
        weights[i, count:] = 0
    weights[length:] = 0
