"""The best projective tree, argmax_y Σ_i s(h_i → i), compiled: Viterbi with CR(i, j) = max_k IR(i, k) + CR(k, j) …"""

from __future__ import annotations

import numpy as np

from skd_plugin.structures.kernels.compiled import compiled
from skd_plugin.structures.kernels.trees.eisner_charts import (
    LANES,
    LEFT,
    RIGHT,
    charts,
    first_block,
    gather,
    shifted,
    shortest_first,
)


def best_trees(arcs: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    """
    # Parameters

    arcs : log-potentials [dependent, head], float32 or float64, shape (batch, n, n + 1)
    lengths : shape (batch,), int64

    # Returns

    The heads of a best tree with one root (Eisner 1996), 0 on padding, shape (batch, n), int64.
    """
    scores, _ = shifted(arcs, lengths)
    heads: np.ndarray = _best(scores, lengths, shortest_first(lengths))
    return heads


@compiled
def _best(scores, lengths, order):  # type: ignore[no-untyped-def]
    heads = np.zeros(scores.shape[:2], np.int64)
    memory, root = charts(6, scores)
    arcs, incomplete, complete = memory[:2], memory[2:4], memory[4:6]
    for start in range(first_block(order), len(order), LANES):
        block = order[max(start, 0) : start + LANES]
        gather(scores, lengths, block, arcs, root)
        _fill(arcs, incomplete, complete, lengths[block[-1]], len(block))
        for lane in range(len(block)):
            one = slice(lane, None, len(block))
            found = heads[block[lane], : lengths[block[lane]]]
            _trace(incomplete[:, :, one], complete[:, :, one], root[one], found)
    return heads


@compiled
def _fill(arcs, incomplete, complete, n, lanes):  # type: ignore[no-untyped-def]
    """The scores of the best spans, by the recursions of `eisner_numba` with max and +. `_trace` finds their splits."""
    for x in range(n * lanes):
        complete[RIGHT, 0, x] = complete[LEFT, 0, x] = 0
    for width in range(1, n):
        size = (n - width) * lanes
        splits, right, left = np.empty(size), complete[RIGHT, width, :size], complete[LEFT, width, :size]
        for x in range(size):
            splits[x] = -np.inf
        for d in range(width):
            _raise_to_sums(splits, complete[RIGHT, d], complete[LEFT, width - 1 - d, (d + 1) * lanes :])
        for side in range(2):
            _attach(incomplete[side, width], complete[side, width], splits, arcs[side, width])
        for d in range(1, width):
            _raise_to_sums(right, incomplete[RIGHT, d], complete[RIGHT, width - d, d * lanes :])
            _raise_to_sums(left, complete[LEFT, d], incomplete[LEFT, width - d, d * lanes :])


@compiled
def _raise_to_sums(out, left, right):  # type: ignore[no-untyped-def]
    for x in range(len(out)):
        total = left[x] + right[x]
        out[x] = total if total > out[x] else out[x]


@compiled
def _attach(incomplete, complete, splits, arcs):  # type: ignore[no-untyped-def]
    for x in range(len(splits)):
        incomplete[x] = complete[x] = splits[x] + arcs[x]


@compiled
def _trace(incomplete, complete, root, heads):  # type: ignore[no-untyped-def]
    """
    Writes the heads. A complete span consists of an arc, two complete spans below the arc, one at each of its ends, and
    one complete span of the dependent beyond it.
    """
    todo, count = np.empty((len(heads) + 1, 3), np.int64), 0
    if len(heads) > 0:
        r = _best_root(complete, root, len(heads))
        count = _push(todo, _push(todo, 0, LEFT, 0, r), RIGHT, r, len(heads) - 1)
    while count > 0:
        side, i, j = todo[count - 1, 0], todo[count - 1, 1], todo[count - 1, 2]
        if side == RIGHT:
            k = _split(incomplete[RIGHT], complete[RIGHT], i, j, i + 1, 0)
            heads[k], first, last = i + 1, i, k
            count = _push(todo, count - 1, RIGHT, k, j)
        else:
            k = _split(complete[LEFT], incomplete[LEFT], i, j, i, 0)
            heads[k], first, last = j + 1, k, j
            count = _push(todo, count - 1, LEFT, i, k)
        k = _split(complete[RIGHT], complete[LEFT], first, last, first, 1)
        count = _push(todo, _push(todo, count, RIGHT, first, k), LEFT, k + 1, last)


@compiled
def _push(todo, count, side, i, j):  # type: ignore[no-untyped-def]
    """Adds a span to the stack, unless it is a single word, and returns the size of the stack."""
    todo[count, 0], todo[count, 1], todo[count, 2] = side, i, j
    return count + (i < j)


@compiled
def _best_root(complete, root, n):  # type: ignore[no-untyped-def]
    best, found = -np.inf, 0
    for r in range(n):
        score = root[r] + complete[LEFT, r, 0] + complete[RIGHT, n - 1 - r, r]
        if score > best:
            best, found = score, r
    return found


@compiled
def _split(left, right, i, j, start, gap):  # type: ignore[no-untyped-def]
    """The k with `start` ≤ k < `start` + j − i for which the sum of spans (i, k) and (k + gap, j) is highest."""
    best, found = -np.inf, start
    for k in range(start, start + j - i):
        score = left[k - i, i] + right[j - k - gap, k + gap]
        if score > best:
            best, found = score, k
    return found
