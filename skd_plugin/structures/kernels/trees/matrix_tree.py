"""
Inference over non-projective trees with one root, Z = Σ_y Π_m w(y_m, m): log Z and P(h → m) = w(h, m) ∂log Z/∂w(h, m)
in O(n³).
"""

from __future__ import annotations

import numpy as np

from skd_plugin.structures.kernels.trees import matrix_tree_log, matrix_tree_numba


def inside_outside(arcs: np.ndarray, lengths: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """
    # Parameters

    arcs : log-potentials of any magnitude, shape (batch, n, n + 1), indexed [dependent, head], head 0 is ROOT; a word's
        own column and the padding are ignored
    lengths : shape (batch,)

    # Returns

    log Z, shape (batch,); and the marginals, shape (batch, n, n + 1); both float64 (Koo et al. 2007, section 3).

    Sentences that underflow are computed again in the log domain.
    """
    arcs = np.ascontiguousarray(arcs)
    weights, log_z = matrix_tree_numba.shifted(arcs, lengths)
    np.exp(weights, out=weights)
    # The kernel overwrites the weights with the marginals.
    scaled, safe = matrix_tree_numba.inside_outside(weights, lengths)
    log_z += scaled
    for b in np.flatnonzero(~safe):
        n = lengths[b]
        scores, total = matrix_tree_numba.shifted(arcs[b : b + 1, :n, : n + 1].copy(), lengths[b : b + 1])
        exact, weights[b, :n, : n + 1] = matrix_tree_log.inside_outside(scores[0])
        log_z[b] = total[0] + exact
    return log_z, weights
