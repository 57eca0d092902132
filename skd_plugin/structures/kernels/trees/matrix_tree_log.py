"""
The Matrix-Tree theorem, compiled, in the log domain. When all words but k are eliminated, P(h → k) ∝ w(h, k) · e_k(h)
and P(ROOT → k) ∝ ρ(k), where ρ are ROOT's weights and e_k(h) is the probability that a walk from h to its heads reaches
ROOT before k, to first order in ρ.
"""

from __future__ import annotations

from math import exp, log2

import numpy as np

from skd_plugin.structures.kernels.compiled import compiled
from skd_plugin.structures.kernels.log_space import log_add


@compiled
def inside_outside(scores):  # type: ignore[no-untyped-def]
    """
    log Z and the marginals, shape (n, head), of one sentence with at least one word, given potentials of shape
    (n, head), −∞ for a word's own column. No probabilities are subtracted, so no digits cancel.

    Each word must be the only one left once. For all of them together this takes O(n³): each half of the words is
    eliminated once for all words of the other half, and so on recursively. The graph of a level still has the words
    from `starts` to `stops`; the graph of the next level has the first half of them.
    """
    n, level, log_z = len(scores), 0, 0.0
    depth = 2 + int(log2(n))
    starts, stops = np.zeros(depth, np.int64), np.full(depth, n)
    graphs, marginals = np.empty((depth, n + 1, n)), np.empty_like(scores)
    _copy(scores.T, graphs[0])
    for k in range(n):
        while stops[level] > k + 1:
            _copy(graphs[level], graphs[level + 1])
            starts[level + 1], stops[level + 1] = k, (k + stops[level]) // 2
            for other in range(stops[level] - 1, stops[level + 1] - 1, -1):
                log_d = _eliminate(graphs[level + 1], other, k, other)
                log_z += log_d if k == 0 else 0.0
            level += 1
        _normalize(scores[k], graphs[level, 0], marginals[k])
        log_z += graphs[level, 0, 0] if k == 0 else 0.0
        if level > 0:
            level -= 1
            for other in range(starts[level], k + 1):
                _eliminate(graphs[level], other, other + 1, stops[level])
            starts[level] = k + 1
    return log_z, marginals


@compiled
def _eliminate(graph, k, start, stop):  # type: ignore[no-untyped-def]
    """
    w(h, m) += w(h, k) · w(k, m) / D_k for ROOT and the words from `start` to `stop`, which are left. Returns log D_k.

    m is any word. If m is eliminated, w(h, m) is the probability that a walk from m to heads reaches h before any other
    word that is left, and w(ROOT, m) is, to first order in the root weights, that it reaches none of them: e(m).
    """
    log_d = -np.inf
    for h in range(start, stop):
        log_d = log_add(log_d, graph[h + 1, k])
    graph[k + 1, k] = 0
    for h in range(start, stop + 1):
        row = h + 1 if h < stop else 0
        share = graph[row, k] - log_d
        graph[row, k] = -np.inf
        for m in range(graph.shape[1]):
            graph[row, m] = log_add(graph[row, m], share + graph[k + 1, m])
    return log_d


@compiled
def _normalize(scores, escapes, marginals):  # type: ignore[no-untyped-def]
    """The marginals of one word's heads, from its scores and log e."""
    peak = marginals[0] = scores[0]
    for h in range(1, len(scores)):
        marginals[h] = scores[h] + escapes[h - 1]
        peak = max(peak, marginals[h])
    total = 0.0
    for h in range(len(scores)):
        marginals[h] = exp(marginals[h] - peak)
    for h in range(len(scores)):
        total += marginals[h]
    for h in range(len(scores)):
        marginals[h] /= total


@compiled
def _copy(source, target):  # type: ignore[no-untyped-def]
    for h in range(source.shape[0]):
        for m in range(source.shape[1]):
            target[h, m] = source[h, m]
