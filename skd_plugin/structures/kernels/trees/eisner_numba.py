"""Inside–outside of projective trees, compiled, in the probability domain: Z = Σ_r w(0 → r) · CL(1, r) · CR(r, n)."""

from __future__ import annotations

from math import sqrt

import numpy as np

from skd_plugin.structures.kernels.compiled import compiled
from skd_plugin.structures.kernels.trees.eisner_charts import LANES, LEFT, RIGHT, charts, first_block, gather

# The error of a weight or a product that underflows is at most 2⁻¹⁰⁷⁵. It reaches Z multiplied by one value of the
# inside pass and one of the outside pass. So a sentence is safe if no value of either pass is above √Z times this.
_RANGE = 1e150


@compiled
def inside_outside(weights, lengths, order):  # type: ignore[no-untyped-def]
    """
    # Parameters

    weights : exp(shifted potentials), shape (batch, n, n + 1); overwritten with the marginals
    lengths : shape (batch,)
    order : the sentences, shortest first, shape (batch,)

    # Returns

    Z, shape (batch,); and whether each sentence is safe, shape (batch,). The results of sentences that are not safe are
    wrong.
    """
    z, safe = np.ones(len(order)), np.ones(len(order), np.bool_)
    memory, root = charts(9, weights)
    arcs, incomplete, complete, outer, splits = memory[:2], memory[2:4], memory[4:6], memory[6:8], memory[8]
    for start in range(first_block(order), len(order), LANES):
        block = order[max(start, 0) : start + LANES]
        lanes, n = len(block), lengths[block[-1]]
        peaks = np.ones(n * lanes)
        gather(weights, lengths, block, arcs, root)
        _inside(arcs, incomplete, complete, n, lanes, peaks)
        _choose_root(complete, root, outer, lengths, block, z)
        _outside(arcs, incomplete, complete, outer, splits, n, lanes, peaks)
        _scatter(weights, lengths, block, arcs, root, z)
        for x in range(n * lanes):
            b = block[x % lanes]
            safe[b] = safe[b] and z[b] < np.inf and peaks[x] < sqrt(z[b]) * _RANGE
    return z, safe


@compiled
def _scatter(weights, lengths, block, arcs, root, z):  # type: ignore[no-untyped-def]
    """The inverse of `gather`: copies the charts, divided by Z, to the weights, with 0 where an arc is impossible."""
    for lane in range(len(block)):
        b = block[lane]
        share = 1 / z[b]
        for i in range(weights.shape[1]):
            for head in range(weights.shape[2]):
                weights[b, i, head] = 0
        for i in range(lengths[b]):
            x = i * len(block) + lane
            weights[b, i, 0] = root[x] * share
            for j in range(i + 1, lengths[b]):
                weights[b, j, i + 1] = arcs[RIGHT, j - i, x] * share
                weights[b, i, j + 1] = arcs[LEFT, j - i, x] * share


@compiled
def _inside(arcs, incomplete, complete, n, lanes, peaks):  # type: ignore[no-untyped-def]
    """
    Eisner 1996: an arc over two complete spans makes an incomplete span, which a complete span of the dependent makes
    complete. To the right, and likewise to the left:

        S(i, j) = Σ_k CR(i, k) · CL(k + 1, j)    IR(i, j) = w(i → j) · S(i, j)    CR(i, j) = Σ_k IR(i, k) · CR(k, j)
    """
    for x in range(n * lanes):
        complete[RIGHT, 0, x] = complete[LEFT, 0, x] = 1
    for width in range(1, n):
        size = (n - width) * lanes
        splits, right, left = np.zeros(size), complete[RIGHT, width, :size], complete[LEFT, width, :size]
        for d in range(width):
            _add_products(splits, complete[RIGHT, d], complete[LEFT, width - 1 - d, (d + 1) * lanes :])
        for side in range(2):
            _attach(incomplete[side, width], complete[side, width], splits, arcs[side, width])
        for d in range(1, width):
            _add_products(right, incomplete[RIGHT, d], complete[RIGHT, width - d, d * lanes :])
            _add_products(left, complete[LEFT, d], incomplete[LEFT, width - d, d * lanes :])
        _raise(peaks, splits)
        _raise(peaks, right)
        _raise(peaks, left)


@compiled
def _choose_root(complete, root, outer, lengths, block, z):  # type: ignore[no-untyped-def]
    """
    Writes Z, and ∂Z/∂CL(1, r) and ∂Z/∂CR(r, n) with each sentence's own n; 0 for all other spans. `root` becomes
    w(0 → r) · CL(1, r) · CR(r, n).
    """
    lanes, n = len(block), lengths[block[-1]]
    for width in range(n):
        for x in range((n - width) * lanes):
            outer[RIGHT, width, x] = outer[LEFT, width, x] = 0
    for lane in range(lanes):
        b = block[lane]
        z[b] = 0 if lengths[b] > 0 else 1
        for r in range(lengths[b]):
            x, width = r * lanes + lane, lengths[b] - 1 - r
            left, right = complete[LEFT, r, lane], complete[RIGHT, width, x]
            outer[LEFT, r, lane] += root[x] * right
            outer[RIGHT, width, x] += root[x] * left
            root[x] *= left * right
            z[b] += root[x]


@compiled
def _outside(arcs, incomplete, complete, outer, splits, n, lanes, peaks):  # type: ignore[no-untyped-def]
    """
    ∂Z/∂span by backpropagation (Eisner 2016), the widest spans first; `arcs` become w · ∂Z/∂w.

    A span of width d is part of spans of width d + e that start where it starts or e words before it.
    """
    for d in range(n - 1, 0, -1):
        size = (n - d) * lanes
        right, left = outer[RIGHT, d, :size], outer[LEFT, d, :size]
        right_arc, left_arc = np.zeros(size), np.zeros(size)
        for e in range(1, n - d):
            after, part = e * lanes, size - e * lanes
            split, to_right, to_left = splits[d + e], outer[RIGHT, d + e], outer[LEFT, d + e]
            _share(split, right[:part], complete[LEFT, e - 1, (d + 1) * lanes :], left[after:], complete[RIGHT, e - 1])
            _share(to_right, right_arc[:part], complete[RIGHT, e, d * lanes :], right[after:], incomplete[RIGHT, e])
            _share(to_left, left[:part], incomplete[LEFT, e, d * lanes :], left_arc[after:], complete[LEFT, e])
        for x in range(size):
            right_arc[x] += right[x]
            left_arc[x] += left[x]
            splits[d, x] = right_arc[x] * arcs[RIGHT, d, x] + left_arc[x] * arcs[LEFT, d, x]
            arcs[RIGHT, d, x] = right_arc[x] * incomplete[RIGHT, d, x]
            arcs[LEFT, d, x] = left_arc[x] * incomplete[LEFT, d, x]
        _raise(peaks, splits[d, :size])
        _raise(peaks, right_arc)
        _raise(peaks, left_arc)


@compiled
def _add_products(out, left, right):  # type: ignore[no-untyped-def]
    for x in range(len(out)):
        out[x] += left[x] * right[x]


@compiled
def _attach(incomplete, complete, splits, arcs):  # type: ignore[no-untyped-def]
    for x in range(len(splits)):
        incomplete[x] = complete[x] = splits[x] * arcs[x]


@compiled
def _share(adjoint, first, first_factor, second, second_factor):  # type: ignore[no-untyped-def]
    for x in range(len(first)):
        first[x] += adjoint[x] * first_factor[x]
        second[x] += adjoint[x] * second_factor[x]


@compiled
def _raise(peaks, values):  # type: ignore[no-untyped-def]
    for x in range(len(values)):
        peaks[x] = values[x] if values[x] > peaks[x] else peaks[x]
