"""Head selection: words choose their heads independently, P(y|x) = Π_i softmax_h(s(h → i))[h_i]; parts are arcs."""

from __future__ import annotations

from functools import cached_property
from typing import final

import torch
from torch import Tensor

from skd_plugin.structures.algebra.differentiable_property import differentiable_property
from skd_plugin.structures.kernels.compiled import one_on_cpu
from skd_plugin.structures.kernels.trees.spanning_tree import best_trees
from skd_plugin.structures.trees.arc_factored import ArcFactored
from skd_plugin.structures.trees.parsing import Support


@final
class HeadSelection(ArcFactored):
    """
    The first-order biaffine parser (Dozat and Manning 2017). It is locally normalized, so it gives probability to heads
    that do not form a tree, too. Its `argmax` is nevertheless a tree, the best one.

    See `ArcFactored` for the parameters.
    """

    support = Support.HEADS
    locally_normalized = True

    @property
    def log_partition(self) -> Tensor:
        return self._legal_arcs.logsumexp(-1).masked_fill(~self.mask, 0.0).sum(1)

    @differentiable_property
    def arc_log_probabilities(self) -> Tensor:
        """log P(h | i), shape (batch, n, n + 1), 0 where an arc is impossible; differentiable."""
        return self._legal_arcs.log_softmax(-1).masked_fill(~self.legal, 0.0)

    @property
    def token_posterior(self) -> HeadSelection:
        return self

    @cached_property
    def arc_marginals(self) -> Tensor:
        return self._legal_arcs.detach().softmax(-1) * self.mask.unsqueeze(-1)

    @property
    def choices(self) -> Tensor:
        return self._legal_arcs.detach().argmax(-1).masked_fill(~self.mask, 0)

    def arc_cross_entropy(self, expected: Tensor) -> Tensor:
        return -(expected * self.arc_log_probabilities).sum((1, 2))

    def best_heads(self, weights: Tensor, lengths: Tensor) -> Tensor:
        return one_on_cpu(best_trees, weights, lengths)

    @differentiable_property
    def _legal_arcs(self) -> Tensor:
        """Arcs with −∞ where an arc is impossible. Padding may depend on ROOT: a softmax needs an alternative."""
        allowed = torch.cat([torch.ones_like(self.legal[..., :1]), self.legal[..., 1:]], -1)
        return self.arcs.masked_fill(~allowed, -torch.inf)
