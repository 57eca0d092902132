"""A factorization over dependency trees: y_i is a head and a relation; parsers share the meaning of labels."""

from __future__ import annotations

from abc import ABC, abstractmethod
from enum import IntEnum
from typing import ClassVar

from torch import Tensor

from skd_plugin.structures.algebra.factorization import Factorization
from skd_plugin.structures.algebra.part_spaces import Parts
from skd_plugin.structures.algebra.structure import Tree


class Support(IntEnum):
    """The larger the number, the fewer the structures."""

    HEADS = 0
    TREES = 1
    PROJECTIVE_TREES = 2

    def __str__(self) -> str:
        return ("any choice of heads", "trees with one root", "projective trees with one root")[self.value]


class Parsing(Factorization, ABC):
    """A distribution over heads and relations; `labels` name the relations, and are empty in unlabelled parsing."""

    support: ClassVar[Support]

    @property
    @abstractmethod
    def argmax(self) -> Tree:
        """The best tree: exactly one word depends on ROOT, and there is no cycle."""

    @abstractmethod
    def indicator(self, structure: Tree) -> Parts: ...

    @abstractmethod
    def arc_probabilities(self, tree: Tree) -> Tensor:
        """
        P(h_i → i, r_i | x) of the arcs of a tree, or of any heads: shape (batch, n), 0 on padding, detached. Without
        relations, in the tree or in this, it is P(h_i → i | x).
        """
