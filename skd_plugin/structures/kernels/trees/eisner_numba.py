"""Inside–outside of projective trees, compiled: Z = Σ_r w(0 → r) · CL(1, r) · CR(r, n), in the probability domain."""

from __future__ import annotations

from math import sqrt

import numpy as np

from skd_plugin.structures.kernels.compiled import compiled
from skd_plugin.structures.kernels.trees.eisner_charts import LANES, LEFT, RIGHT, charts, first_block, gather

# A weight or a product that underflows is wrong by up to 2⁻¹⁰⁷⁵, and Z then by that times one number of each pass. So a
# sentence is safe if no number of either pass is above √Z times this.
_RANGE = 1e150


@compiled
def inside_outside(weights, lengths, order):  # type: ignore[no-untyped-def]
    """
    # Parameters

    weights : exp(shifted potentials), shape (batch, n, n + 1); overwritten with the marginals
    lengths : shape (batch,)
    order : the sentences, shortest first, shape (batch,)

    # Returns

    Z, shape (batch,); and whether a sentence was safe, shape (batch,). What is not safe is not right.
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
    """The opposite of `gather`, over Z; 0 where there is no arc."""
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
    Eisner 1996: an arc over two complete spans makes an incomplete one, a complete span of the dependent completes it.

    S(i, j) = Σ_k CR(i, k) · CL(k + 1, j), IR(i, j) = w(i → j) · S(i, j), CR(i, j) = Σ_k IR(i, k) · CR(k, j), and
    likewise to the left.
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
    """Z at each sentence's own length, ∂Z/∂CL and ∂Z/∂CR there, 0 elsewhere; and w · CL · CR in place of `root`."""
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
    ∂Z/∂span, the widest first (backpropagation: Eisner 2016); `arcs` become w · ∂Z/∂w.

    A span of width d is part of spans of width d + e, which start where it starts, or e words before.
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
