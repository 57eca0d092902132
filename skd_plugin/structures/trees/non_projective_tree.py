"""Non-projective trees with one root: Z(x) = Σ_y Π_i exp s(h_i → i), a determinant by the Matrix-Tree theorem."""

from __future__ import annotations

from typing import final

from torch import Tensor

from skd_plugin.structures.kernels.compiled import on_cpu, one_on_cpu
from skd_plugin.structures.kernels.trees.matrix_tree import inside_outside
from skd_plugin.structures.kernels.trees.spanning_tree import best_trees
from skd_plugin.structures.trees.parsing import Support
from skd_plugin.structures.trees.tree_crf import Inference, TreeCrf


@final
class NonProjectiveTree(TreeCrf):
    """
    A conditional random field over all dependency trees in which exactly one word depends on ROOT (Koo et al. 2007).

    See `ArcFactored` for the parameters.
    """

    support = Support.TREES

    def inside_outside(self, arcs: Tensor) -> Inference:
        return Inference(*on_cpu(inside_outside, arcs, self.lengths))

    def best_heads(self, weights: Tensor, lengths: Tensor) -> Tensor:
        return one_on_cpu(best_trees, weights, lengths)
