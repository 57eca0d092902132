"""Inside–outside of projective trees, compiled, in the log domain: the recursions of `eisner_numba` with log Σ exp."""

from __future__ import annotations

from math import exp

import numpy as np

from skd_plugin.structures.kernels.compiled import compiled
from skd_plugin.structures.kernels.log_space import log_add, log_dot
from skd_plugin.structures.kernels.trees.eisner_charts import LEFT, RIGHT


@compiled
def inside_outside(scores, lengths):  # type: ignore[no-untyped-def]
    """
    # Parameters

    scores : log-potentials [dependent, head], float64, shape (batch, n, n + 1)
    lengths : shape (batch,)

    # Returns

    log Z, shape (batch,); and the marginals, shape (batch, n, n + 1).
    """
    log_z, marginals = np.zeros(len(scores)), np.zeros(scores.shape)
    for b in range(len(scores)):
        n = lengths[b]
        charts = np.zeros((7, n + 1, n))  # an additional row, for the empty sums after the last word
        incomplete, complete, outer, splits = charts[:2], charts[2:4], charts[4:6], charts[6]
        _inside(scores[b], incomplete, complete, n)
        if n > 0:
            log_z[b] = _choose_root(scores[b], complete, outer, marginals[b], n)
        _outside(scores[b], incomplete, complete, outer, splits, marginals[b], log_z[b], n)
    return log_z, marginals


@compiled
def _inside(scores, incomplete, complete, n):  # type: ignore[no-untyped-def]
    """Fills the charts. Span (i, j) is at [i, j] and at [j, i], so that sums over either end run along a row."""
    right, left, right_arc, left_arc = complete[RIGHT], complete[LEFT], incomplete[RIGHT], incomplete[LEFT]
    for i in range(n - 1, -1, -1):
        for j in range(i + 1, n):
            split = log_dot(right[i, i:j], left[j, i + 1 : j + 1])
            right_arc[i, j] = right_arc[j, i] = split + scores[j, i + 1]
            left_arc[i, j] = left_arc[j, i] = split + scores[i, j + 1]
            right[i, j] = right[j, i] = log_dot(right_arc[i, i + 1 : j + 1], right[j, i + 1 : j + 1])
            left[i, j] = left[j, i] = log_dot(left[i, i:j], left_arc[j, i:j])


@compiled
def _choose_root(scores, complete, outer, marginals, n):  # type: ignore[no-untyped-def]
    """Returns log Z; writes log ∂Z/∂CL and log ∂Z/∂CR, −∞ elsewhere, and the marginals of the root."""
    right, left, last = complete[RIGHT], complete[LEFT], n - 1
    log_z = -np.inf
    for r in range(n):
        for j in range(n):
            outer[RIGHT, r, j] = outer[LEFT, r, j] = -np.inf
        log_z = log_add(log_z, scores[r, 0] + left[0, r] + right[r, last])
    for r in range(n):
        outer[LEFT, 0, r] = outer[LEFT, r, 0] = scores[r, 0] + right[r, last]
        outer[RIGHT, last, r] = outer[RIGHT, r, last] = scores[r, 0] + left[0, r]
        marginals[r, 0] = exp(scores[r, 0] + left[0, r] + right[r, last] - log_z)
    return log_z


@compiled
def _outside(scores, incomplete, complete, outer, splits, marginals, log_z, n):  # type: ignore[no-untyped-def]
    """log ∂Z/∂span, the widest spans first, and the marginals of arcs between words."""
    right, left, right_arc, left_arc = complete[RIGHT], complete[LEFT], incomplete[RIGHT], incomplete[LEFT]
    to_right, to_left = outer[RIGHT], outer[LEFT]
    for i in range(n):
        for j in range(n - 1, i, -1):
            before = log_dot(splits[j, :i], right[i - 1, :i])
            after = log_dot(splits[i, j + 1 :], left[j + 1, j + 1 :])
            before_right, after_left = (
                log_dot(to_right[j, :i], right_arc[i, :i]),
                log_dot(to_left[i, j + 1 :], left_arc[j, j + 1 :]),
            )
            to_right[i, j] = to_right[j, i] = log_add(to_right[i, j], log_add(after, before_right))
            to_left[i, j] = to_left[j, i] = log_add(to_left[i, j], log_add(before, after_left))
            from_right = log_dot(to_right[i, j:], right[j, j:])
            from_left = log_dot(to_left[j, : i + 1], left[i, : i + 1])
            splits[i, j] = splits[j, i] = log_add(from_right + scores[j, i + 1], from_left + scores[i, j + 1])
            marginals[j, i + 1] = exp(from_right + right_arc[i, j] - log_z)
            marginals[i, j + 1] = exp(from_left + left_arc[i, j] - log_z)
