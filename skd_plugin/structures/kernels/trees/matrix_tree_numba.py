"""Matrix-Tree on the CPU, compiled: eliminate word after word, w(h, m) += w(h, k)·w(k, m) / D_k, D_k = Σ_h w(h, k)."""

from __future__ import annotations

from math import log

import numpy as np

from skd_plugin.structures.kernels.compiled import compiled

# Normalized for each dependent, weights make Z the probability that independently chosen heads are a tree with one
# root. Underflow loses some n³·1e-308 of it, no adjoint exceeds 1 / Z and no root weight 1 / Π_k D_k: above the floor
# the marginals feel none of that.
_FLOOR = 1e-200
# Marginals are differences: rounding can leave some below 0, and if these summed to more, others would be as wrong.
_TOLERANCE = 1e-9


@compiled
def inside_outside(weights, lengths):  # type: ignore[no-untyped-def]
    """
    # Parameters

    weights : exp(arcs), shape (batch, n, head), 0 for a word's own column; overwritten with the marginals
    lengths : shape (batch,)

    # Returns

    log Z, shape (batch,); and whether a sentence was safe, shape (batch,). What is not safe is not right.
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
    """Weights over their sum for each dependent, also to `graph` [head, dependent]; returns Σ log of these sums."""
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

    Z(t), with the root weights times t, has the trees with one root in its coefficient of t¹. ROOT's weight for the
    first word, which no other word is left for, brings that t; so D_k is taken without ROOT. Nothing is subtracted, as
    Grassmann et al. 1985 do for Markov chains; a word's own entry is never read. Row k of `graph` stays as it was when
    k was eliminated, `shares` keep w(h, k) / D_k, `inverse` 1 / D_k. Returns Π_k D_k.
    """
    product = 1.0
    for k in range(n - 1, 0, -1):
        total = 0.0
        for h in range(k + 1):
            shares[k, h] = graph[h, k]
            total += graph[h, k] if h > 0 else 0.0
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
    ∂log Z/∂w(h, m) of the normalized weights, 0 for a word's own: the eliminations backward. With c_h = w(h, k) / D_k

        w̄(k, m) = Σ_h c_h w̄(h, m)    c̄_h = Σ_m w̄(h, m) w(k, m)    w̄(h, k) = (c̄_h + 1 − Σ_h c̄_h c_h) / D_k

    where 1 − Σ_h c̄_h c_h, which is D_k times the adjoint of D_k, is not for ROOT. Normalization needs no way back: the
    marginals do not depend on it.
    """
    adjoints[0, 0], adjoints[1, 0] = 1 / graph[0, 0], 0
    for k in range(1, n):
        adjoints[k + 1, : k + 1] = 0
        passed = 0.0
        for h in range(k + 1):
            past, share = 0.0, shares[k, h]
            for m in range(k):
                past += adjoints[h, m] * graph[k + 1, m]
                adjoints[k + 1, m] += adjoints[h, m] * share
            adjoints[h, k] = past
            passed += past * share
        for h in range(k + 1):
            adjoints[h, k] = (adjoints[h, k] + (1 - passed if h > 0 else 0)) * inverse[k]


@compiled
def _multiply(weights, adjoints, n):  # type: ignore[no-untyped-def]
    """P(h → m) = w(h, m) w̄(h, m) without what rounding leaves below 0; returns the sum of that, which is 0 or more."""
    lost = 0.0
    for m in range(n):
        for h in range(n + 1):
            marginal = weights[m, h] * adjoints[h, m]
            weights[m, h] = marginal if marginal > 0 else 0.0
            lost += weights[m, h] - marginal
    return lost


@compiled
def shifted(arcs, lengths):  # type: ignore[no-untyped-def]
    """
    Arcs less their maximum for each dependent, −∞ for a word's own column, 0 on padding; and the sum of those maxima,
    shape (batch,). All float64.
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
