"""Inference over projective trees with one root: log Z(x) = log Σ_y exp Σ_i s(h_i → i), and the marginals P(h → i)."""

from __future__ import annotations

import numpy as np

from skd_plugin.structures.kernels.trees import eisner_log, eisner_numba
from skd_plugin.structures.kernels.trees.eisner_charts import shifted, shortest_first
from skd_plugin.structures.kernels.trees.eisner_decoding import best_trees


def inside_outside(arcs: np.ndarray, lengths: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """
    # Parameters

    arcs : log-potentials [dependent, head], float32 or float64, shape (batch, n, n + 1)
    lengths : shape (batch,), int64

    # Returns

    log Z, shape (batch,); and the marginals, shape (batch, n, n + 1), 0 where an arc is impossible; both float64.

    It is computed in the probability domain and, for sentences where that overflows or underflows, in the log domain.
    """
    scores, total = shifted(arcs, lengths)
    log_z, marginals, safe = _in_probability_domain(scores, lengths)
    if not safe.all():
        log_z[~safe], marginals[~safe] = _around_best_trees(arcs[~safe], lengths[~safe])
    return log_z + total, marginals


def _in_probability_domain(scores: np.ndarray, lengths: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """log Z; the marginals, which overwrite `scores`; and which sentences are safe."""
    with np.errstate(over="ignore"):
        weights = np.exp(scores, out=scores)
    z, safe = eisner_numba.inside_outside(weights, lengths, shortest_first(lengths))
    return np.log(np.where(safe, z, 1)), weights, safe


def _around_best_trees(arcs: np.ndarray, lengths: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """
    log Z of shifted arcs, and the marginals, for sentences that underflow. The arcs are shifted so that the best tree
    has weight 1; sentences in which other weights overflow then are computed in the log domain.
    """
    scores, _ = shifted(arcs, lengths)
    best = np.take_along_axis(scores, best_trees(arcs, lengths)[:, :, None], axis=2)
    scores -= best
    log_z, marginals, safe = _in_probability_domain(scores.copy(), lengths)
    if not safe.all():
        log_z[~safe], marginals[~safe] = eisner_log.inside_outside(scores[~safe], lengths[~safe])
    return log_z + best.sum((1, 2)), marginals
