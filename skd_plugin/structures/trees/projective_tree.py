"""Projective trees with one root: Z(x) = Σ_y Π_i exp s(h_i → i) over trees without crossing arcs, by Eisner's chart."""

from __future__ import annotations

from typing import final

from torch import Tensor

from skd_plugin.structures.kernels.compiled import on_cpu, one_on_cpu
from skd_plugin.structures.kernels.trees.eisner import inside_outside
from skd_plugin.structures.kernels.trees.eisner_decoding import best_trees
from skd_plugin.structures.trees.parsing import Support
from skd_plugin.structures.trees.tree_crf import Inference, TreeCrf


@final
class ProjectiveTree(TreeCrf):
    """
    A conditional random field over the projective dependency trees in which exactly one word depends on ROOT (Eisner
    1996).

    See `ArcFactored` for the parameters.
    """

    support = Support.PROJECTIVE_TREES

    def inside_outside(self, arcs: Tensor) -> Inference:
        return Inference(*on_cpu(inside_outside, arcs, self.lengths))

    def best_heads(self, weights: Tensor, lengths: Tensor) -> Tensor:
        return one_on_cpu(best_trees, weights, lengths)
