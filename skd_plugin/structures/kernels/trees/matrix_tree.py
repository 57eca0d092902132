"""Non-projective trees with one root, Z = Σ_y Π_m w(y_m, m): log Z and P(h → m) = w(h, m) ∂log Z/∂w(h, m) in O(n³)."""

from __future__ import annotations

import numpy as np

from skd_plugin.structures.kernels.trees import matrix_tree_log, matrix_tree_numba


def inside_outside(arcs: np.ndarray, lengths: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """
    log Z, shape (batch,), and the marginals, shape (batch, n, head); float64 (Koo et al. 2007, section 3).

    Takes log-potentials of any size, shape (batch, n, head), where head 0 is ROOT; a word's own column and padding do
    not matter. What would underflow is done again in the log domain.
    """
    arcs = np.ascontiguousarray(arcs)
    weights, log_z = matrix_tree_numba.shifted(arcs, lengths)
    np.exp(weights, out=weights)
    scaled, safe = matrix_tree_numba.inside_outside(weights, lengths)  # `weights` are the marginals now
    log_z += scaled
    for b in np.flatnonzero(~safe):
        n = lengths[b]
        scores, total = matrix_tree_numba.shifted(arcs[b : b + 1, :n, : n + 1].copy(), lengths[b : b + 1])
        exact, weights[b, :n, : n + 1] = matrix_tree_log.inside_outside(scores[0])
        log_z[b] = total[0] + exact
    return log_z, weights
