"""Tree CRFs: P(y|x) = exp(Σ_i s(h_i → i)) / Z(x) over all trees of one kind, exact, compiled, in float64."""

from __future__ import annotations

from abc import ABC, abstractmethod
from functools import cached_property
from typing import NamedTuple

from torch import Tensor

from skd_plugin.structures.algebra.known_gradient import with_known_gradient
from skd_plugin.structures.trees.arc_factored import ArcFactored


class Inference(NamedTuple):
    """
    log_z : shape (batch,), float64
    arcs : P(h → i), shape (batch, n, n + 1), float64
    """

    log_z: Tensor
    arcs: Tensor


class TreeCrf(ArcFactored, ABC):
    """
    A conditional random field over trees. One inside–outside serves every query, and the loss needs no autograd graph.
    """

    @abstractmethod
    def inside_outside(self, arcs: Tensor) -> Inference:
        """log Z and marginals of arc potentials (batch, n, n + 1), both float64."""

    @property
    def log_partition(self) -> Tensor:
        value = (self._inference.log_z + self._peaks.double().sum(1)).to(self.arcs.dtype)
        return with_known_gradient(value, (self.arcs,), (self.arc_marginals,))

    @cached_property
    def arc_marginals(self) -> Tensor:
        return self._inference.arcs.to(self.arcs.dtype)

    def arc_cross_entropy(self, expected: Tensor) -> Tensor:
        score = (expected * self._shifted).sum((1, 2))
        value = (self._inference.log_z - score).to(self.arcs.dtype)
        return with_known_gradient(value, (self.arcs,), (self.arc_marginals - expected.to(self.arcs.dtype),))

    @cached_property
    def _peaks(self) -> Tensor:
        """The highest potential of a word's legal arcs, shape (batch, n). Subtracting it changes no probability."""
        legal_arcs = self.arcs.detach().masked_fill(~self.legal, -float("inf"))
        return legal_arcs.amax(-1).masked_fill(~self.mask, 0.0)

    @cached_property
    def _shifted(self) -> Tensor:
        """Arcs minus their maximum at each word, float64, 0 where an arc is impossible."""
        return (self.arcs.detach() - self._peaks.double().unsqueeze(-1)).masked_fill_(~self.legal, 0.0)

    @cached_property
    def _inference(self) -> Inference:
        return self.inside_outside(self._shifted)
