"""
The Matrix-Tree theorem, compiled, in the probability domain: one word after another is eliminated,
w(h, m) += w(h, k) · w(k, m) / D_k with D_k = Σ_h w(h, k).
"""

from __future__ import annotations

from math import log

import numpy as np

from skd_plugin.structures.kernels.compiled import compiled

# The weights are normalized for each dependent, so Z is the probability that independently chosen heads form a tree
# with one root. Underflow changes Z by about n³ · 1e-308. No adjoint exceeds 1 / Z, and no root weight 1 / Π_k D_k. So
# above this floor, underflow does not change the marginals.
_FLOOR = 1e-200
# Marginals are differences, so rounding can make some negative. If the negative ones sum to more than this, the
# positive ones are as wrong.
_TOLERANCE = 1e-9


@compiled
def inside_outside(weights, lengths):  # type: ignore[no-untyped-def]
    """
    # Parameters

    weights : exp(arcs), shape (batch, n, head), 0 for a word's own column; overwritten with the marginals
    lengths : shape (batch,)

    # Returns

    log Z, shape (batch,); and whether each sentence is safe, shape (batch,). The results of sentences that are not safe
    are wrong.
    """
    batch, length, heads = weights.shape
    graph, adjoints = np.empty((heads, length)), np.empty((heads, length))
    shares, inverse = np.empty((length, heads)), np.empty(length)
    log_z, safe = np.zeros(batch), np.ones(batch, np.bool_)
    for b in range(batch):
        n = lengths[b]
        weights[b, n:] = 0
        if n > 0:
            log_z[b] = _normalize(weights[b], graph, n)
            product = _eliminate(graph, shares, inverse, n)
            z = product * graph[0, 0]
            safe[b] = product > _FLOOR and z > _FLOOR
        if n > 0 and safe[b]:
            log_z[b] += log(z)
            _restore(graph, shares, inverse, adjoints, n)
            safe[b] = _multiply(weights[b], adjoints, n) < _TOLERANCE
    return log_z, safe


@compiled
def _normalize(weights, graph, n):  # type: ignore[no-untyped-def]
    """
    Divides the weights by their sum for each dependent, and copies them to `graph`, [head, dependent]. Returns the sum
    of the logarithms of these sums.
    """
    logs = 0.0
    for m in range(n):
        total = 0.0
        for h in range(n + 1):
            total += weights[m, h]
        for h in range(n + 1):
            weights[m, h] /= total
            graph[h, m] = weights[m, h]
        weights[m, n + 1 :] = 0
        logs += log(total)
    return logs


@compiled
def _eliminate(graph, shares, inverse, n):  # type: ignore[no-untyped-def]
    """
    Eliminates the words from the last to the second: an arc to k and an arc from k become an arc that skips k.

    Let Z(t) be Z with the root weights multiplied by t. The trees with one root are its coefficient of t¹. The factor t
    comes from ROOT's weight for the first word, the only one left at the end, so D_k is computed without ROOT. Nothing
    is subtracted, as in Grassmann et al. 1985 for Markov chains, and a word's own entry is never read.

    Row k of `graph` stays as it was when k was eliminated. `shares` keeps w(h, k) / D_k, and `inverse` 1 / D_k. Returns
    Π_k D_k.
    """
    product = 1.0
    for k in range(n - 1, 0, -1):
        total = 0.0
        for h in range(k + 1):
            shares[k, h] = graph[h, k]
        for h in range(1, k + 1):
            total += shares[k, h]
        inverse[k] = 1 / total
        product *= total
        for h in range(k + 1):
            share = shares[k, h] = shares[k, h] * inverse[k]
            for m in range(k):
                graph[h, m] += share * graph[k + 1, m]
    return product


@compiled
def _restore(graph, shares, inverse, adjoints, n):  # type: ignore[no-untyped-def]
    """
    ∂log Z/∂w(h, m) of the normalized weights, 0 at a word's own entry, by backpropagation through the eliminations.
    With c_h = w(h, k) / D_k,

        w̄(k, m) = Σ_h c_h w̄(h, m)    c̄_h = Σ_m w̄(h, m) w(k, m)    w̄(h, k) = (c̄_h + 1 − Σ_h c̄_h c_h) / D_k

    where 1 − Σ_h c̄_h c_h, which is D_k times the adjoint of D_k, is left out for h = ROOT. The normalization is not
    differentiated, because the marginals do not depend on it.
    """
    adjoints[0, 0], adjoints[1, 0] = 1 / graph[0, 0], 0
    for k in range(1, n):
        adjoints[k + 1, : k + 1] = 0
        passed = 0.0
        for h in range(k + 1):
            past, share = 0.0, shares[k, h]
            for m in range(k):
                past += adjoints[h, m] * graph[k + 1, m]
            for m in range(k):
                adjoints[k + 1, m] += adjoints[h, m] * share
            adjoints[h, k] = past
            passed += past * share
        for h in range(k + 1):
            adjoints[h, k] = (adjoints[h, k] + (1 - passed if h > 0 else 0)) * inverse[k]


@compiled
def _multiply(weights, adjoints, n):  # type: ignore[no-untyped-def]
    """P(h → m) = w(h, m) w̄(h, m), or 0 where rounding made that negative. Returns the absolute sum of these values."""
    lost = 0.0
    for m in range(n):
        for h in range(n + 1):
            weights[m, h] *= adjoints[h, m]
        for h in range(n + 1):
            lost += (weights[m, h] if weights[m, h] > 0 else 0.0) - weights[m, h]
        for h in range(n + 1):
            weights[m, h] = weights[m, h] if weights[m, h] > 0 else 0.0
    return lost


@compiled
def shifted(arcs, lengths):  # type: ignore[no-untyped-def]
    """
    Arcs minus their maximum for each dependent, −∞ in a word's own column, 0 on padding; and the sum of those maxima,
    shape (batch,). Both are float64.
    """
    batch, length, heads = arcs.shape
    scores, total = np.zeros((batch, length, heads)), np.zeros(batch)
    for b in range(batch):
        for m in range(lengths[b]):
            peak = np.float64(arcs[b, m, 0])
            for h in range(1, lengths[b] + 1):
                peak = max(peak, arcs[b, m, h]) if h != m + 1 else peak
            for h in range(lengths[b] + 1):
                scores[b, m, h] = arcs[b, m, h] - peak
            scores[b, m, m + 1] = -np.inf
            total[b] += peak
    return scores, total
