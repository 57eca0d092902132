"""
Mean field over head selections, compiled: q_{t+1} = softmax(arcs + F_t(q_t)) and its adjoints. F_t and its adjoint take
one pass each over the second-order potentials.
"""

from __future__ import annotations

from math import exp, inf

import numpy as np

from skd_plugin.structures.kernels.compiled import compiled

# The innermost loops run along contiguous rows. Ignored potentials are kept out by zeros in the beliefs and by
# restoring values, never by subtracting, because ignored potentials may be large.


@compiled
def forward(arcs, siblings, grandparents, lengths, iterations):  # type: ignore[no-untyped-def]
    """
    # Parameters

    arcs : shape (batch, n, n + 1), [dependent, head]
    siblings : shape (batch, n, n + 1, n), [dependent, head, other dependent]
    grandparents : shape (batch, n, n + 1, n + 1), [dependent, head, head of the head]
    lengths : shape (batch,)

    # Returns

    logits_T, shape (batch, n, n + 1), and q_0 … q_{T−1}, shape (batch, T, n, n + 1), both 0 where an arc is illegal.
    """
    batch, longest, heads = arcs.shape
    logits = np.zeros((batch, longest, heads), arcs.dtype)
    beliefs = np.zeros((batch, iterations, longest, heads), arcs.dtype)
    turned, hidden = np.zeros((heads, longest), arcs.dtype), np.zeros(longest + 1, arcs.dtype)
    for b in range(batch):
        _add_legal(arcs[b], logits[b], lengths[b])
        for t in range(iterations):
            _softmax(logits[b], beliefs[b, t], lengths[b])
            _turn(beliefs[b, t], turned, lengths[b], lengths[b] + 1)
            _from_siblings(siblings[b], turned, logits[b], hidden, lengths[b])
            _from_grandparents(grandparents[b], beliefs[b, t], logits[b], hidden, lengths[b])
            _add_legal(arcs[b], logits[b], lengths[b])
    return logits, beliefs


@compiled
def adjoints(outer, siblings, grandparents, beliefs, lengths):  # type: ignore[no-untyped-def]
    """
    The gradients of a loss in logits_0 … logits_T, shape (batch, T + 1, n, n + 1), from its gradient `outer` in
    logits_T.
    """
    batch, longest, heads = outer.shape
    iterations = beliefs.shape[1]
    found = np.zeros((batch, iterations + 1, longest, heads), outer.dtype)
    turned, hidden = np.zeros((heads, longest), outer.dtype), np.zeros(longest + 1, outer.dtype)
    for b in range(batch):
        _add_legal(outer[b], found[b, iterations], lengths[b])
        for t in range(iterations - 1, -1, -1):
            _to_siblings(siblings[b], found[b, t + 1], turned, lengths[b])
            _turn(turned, found[b, t], lengths[b] + 1, lengths[b])
            _from_grandparents(grandparents[b], found[b, t + 1], found[b, t], hidden, lengths[b])
            _softmax_adjoint(beliefs[b, t], found[b, t], lengths[b])
    return found


@compiled
def sibling_gradient(found, beliefs, lengths, out):  # type: ignore[no-untyped-def]
    """out[i, h, k] = Σ_t ∂logits_{t+1}[i, h] q_t(h|k), added to zeros."""
    batch, iterations, longest, heads = beliefs.shape
    turned = np.zeros((iterations, heads, longest), beliefs.dtype)
    for b in range(batch):
        n = lengths[b]
        for t in range(iterations):
            _turn(beliefs[b, t], turned[t], n, n + 1)
        for i in range(n):
            for h in range(n + 1):
                for t in range(iterations):
                    weight = found[b, t + 1, i, h]
                    for k in range(n):
                        out[b, i, h, k] += weight * turned[t, h, k]
                out[b, i, h, i] = 0


@compiled
def grandparent_gradient(found, beliefs, lengths, out):  # type: ignore[no-untyped-def]
    """out[i, h, g] = Σ_t ∂logits_{t+1}[i, h] q_t(g|h) + q_t(h|i) ∂logits_{t+1}[h, g] for words h, added to zeros."""
    for b in range(len(beliefs)):
        n = lengths[b]
        for i in range(n):
            for h in range(1, n + 1):
                for t in range(beliefs.shape[1]):
                    weight, belief = found[b, t + 1, i, h], beliefs[b, t, i, h]
                    for g in range(n + 1):
                        out[b, i, h, g] += weight * beliefs[b, t, h - 1, g] + belief * found[b, t + 1, h - 1, g]
                out[b, i, h, i + 1] = 0


@compiled
def _from_siblings(siblings, turned, out, hidden, n):  # type: ignore[no-untyped-def]
    """out[i, h] = Σ_{k≠i} siblings[i, h, k] q(h|k), with q transposed in `turned`, [head, dependent]."""
    for i in range(n):
        _exchange(turned, i, hidden, n + 1)
        for h in range(n + 1):
            total = out.dtype.type(0)
            for k in range(n):
                total += siblings[i, h, k] * turned[h, k]
            out[i, h] = total
        _exchange(turned, i, hidden, n + 1)


@compiled
def _to_siblings(siblings, weights, turned, n):  # type: ignore[no-untyped-def]
    """The adjoint of `_from_siblings`: turned[h, k] = Σ_{i≠k} siblings[i, h, k] weights[i, h]."""
    for h in range(n + 1):
        for k in range(n):
            turned[h, k] = 0
    for i in range(n):
        for h in range(n + 1):
            kept = turned[h, i]
            for k in range(n):
                turned[h, k] += siblings[i, h, k] * weights[i, h]
            turned[h, i] = kept


@compiled
def _from_grandparents(grandparents, weights, out, hidden, n):  # type: ignore[no-untyped-def]
    """
    out[i, h] += Σ_g grandparents[i, h, g] weights[h, g] and out[h, g] += Σ_i grandparents[i, h, g] weights[i, h], where
    g is not i. The map is linear and symmetric, so it is its own adjoint.
    """
    for i in range(n):
        _exchange(weights, i + 1, hidden, n)
        for h in range(1, n + 1):
            total, kept = out.dtype.type(0), out[h - 1, i + 1]
            for g in range(n + 1):
                total += grandparents[i, h, g] * weights[h - 1, g]
            for g in range(n + 1):
                out[h - 1, g] += grandparents[i, h, g] * weights[i, h]
            out[h - 1, i + 1] = kept
            out[i, h] += total
        _exchange(weights, i + 1, hidden, n)


@compiled
def _exchange(matrix, column, other, rows):  # type: ignore[no-untyped-def]
    """Swaps a column with `other`, so that zeros can temporarily replace it."""
    for row in range(rows):
        matrix[row, column], other[row] = other[row], matrix[row, column]


@compiled
def _softmax(logits, beliefs, n):  # type: ignore[no-untyped-def]
    one = logits.dtype.type(1)
    for i in range(n):
        logits[i, i + 1] = -inf
        peak, total = logits[i, 0], logits.dtype.type(0)
        for h in range(1, n + 1):
            peak = max(peak, logits[i, h])
        for h in range(n + 1):
            beliefs[i, h] = exp(logits[i, h] - peak)
        for h in range(n + 1):
            total += beliefs[i, h]
        for h in range(n + 1):
            beliefs[i, h] *= one / total


@compiled
def _softmax_adjoint(beliefs, gradient, n):  # type: ignore[no-untyped-def]
    """Turns ∂q into ∂logits in place: q ∘ (∂q − Σ_h q(h) ∂q(h))."""
    for i in range(n):
        gradient[i, i + 1], mean = 0, gradient.dtype.type(0)
        for h in range(n + 1):
            mean += beliefs[i, h] * gradient[i, h]
        for h in range(n + 1):
            gradient[i, h] = beliefs[i, h] * (gradient[i, h] - mean)


@compiled
def _add_legal(arcs, out, n):  # type: ignore[no-untyped-def]
    for i in range(n):
        for h in range(n + 1):
            out[i, h] += arcs[i, h]
        out[i, i + 1] = 0


@compiled
def _turn(matrix, transpose, rows, columns):  # type: ignore[no-untyped-def]
    for row in range(rows):
        for column in range(columns):
            transpose[column, row] = matrix[row, column]
