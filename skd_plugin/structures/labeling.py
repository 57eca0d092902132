"""A factorization over label sequences y_1 … y_n: MaxEnt and chains share these queries and their meaning of labels."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import NamedTuple, Sequence

from torch import Tensor

from skd_plugin.structures.factorization import Factorization
from skd_plugin.structures.labels import Policy, common_labels


class NBest(NamedTuple):
    """
    The k best structures of each sentence, best first.

    labels : shape (batch, k, n), label ids, 0 on padding
    log_probabilities : shape (batch, k), log P(y|x); −∞ (and labels 0) where a sentence has fewer than k structures
    """

    labels: Tensor
    log_probabilities: Tensor


class Labeling(Factorization, ABC):
    """A distribution over label sequences; `labels` name what a word may be."""

    @property
    @abstractmethod
    def token_marginals(self) -> Tensor:
        """P(y_i = y|x), shape (batch, n, label), zero on padding, detached."""

    @property
    @abstractmethod
    def argmax(self) -> Tensor:
        """The best well-formed sequence: label ids, shape (batch, n), 0 on padding."""

    @abstractmethod
    def n_best(self, k: int) -> NBest:
        """The k best well-formed sequences."""

    @abstractmethod
    def restricted(self, labels: Sequence[str]) -> Labeling:
        """Conditioned on sequences that use these labels only; the label axis takes their order."""

    def conditioned(self, student: Factorization, policy: Policy) -> Labeling:
        common = common_labels(self.labels, student.labels, policy)
        return self if self.labels == common else self.restricted(common)
