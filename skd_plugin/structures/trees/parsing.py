"""A factorization over dependency trees: y_i is a head and a relation; parsers share the meaning of labels."""

from __future__ import annotations

from abc import ABC, abstractmethod
from enum import IntEnum
from typing import ClassVar

import numpy as np
import torch
from torch import Tensor

from skd_plugin.structures.algebra.factorization import Factorization
from skd_plugin.structures.algebra.part_spaces import Parts
from skd_plugin.structures.algebra.potentials import FORBIDDEN
from skd_plugin.structures.algebra.structure import NBest, Tree
from skd_plugin.structures.kernels.trees import eisner_decoding, spanning_tree
from skd_plugin.structures.kernels.trees.k_best import k_best_trees


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

    def _k_best(self, scores: Tensor, k: int) -> NBest:
        """
        The k best trees under scores of labelled arcs (batch, n, n + 1, relation), which sum to log P(y|x) and a
        constant of the sentence. An arc with a score of at most half of `FORBIDDEN` is in no tree.
        """
        size = scores.shape[-1]
        heads, relations = self.argmax
        best = heads if relations is None else heads * size + relations
        lengths = self.lengths.cpu().numpy()
        decode = eisner_decoding.best_trees if self.support is Support.PROJECTIVE_TREES else spanning_tree.best_trees
        arcs, totals = map(
            torch.from_numpy, k_best_trees(_legal(scores, lengths), best.cpu().numpy(), lengths, decode, k)
        )
        # The score of the best tree is exact; of the others it is known by how much they are behind.
        highest = -self.cross_entropy(self.indicator(self.argmax)).detach()
        behind = torch.where(totals.isfinite(), totals - totals[:, :1], totals).to(heads.device)
        log_probabilities = (highest.double().unsqueeze(1) + behind).to(highest.dtype)
        arcs = arcs.to(heads.device)
        return NBest(Tree(arcs // size, None if relations is None else arcs % size), log_probabilities)

    @abstractmethod
    def arc_probabilities(self, tree: Tree) -> Tensor:
        """
        P(h_i → i, r_i | x) of the arcs of a tree, or of any heads: shape (batch, n), 0 on padding, detached. Without
        relations, in the tree or in this, it is P(h_i → i | x).
        """


def _legal(scores: Tensor, lengths: np.ndarray) -> np.ndarray:
    """The scores in float64, −∞ for what cannot be an arc."""
    array = scores.detach().cpu().double().numpy()
    _, n, heads, _ = array.shape
    word, head, length = np.arange(1, n + 1)[:, None], np.arange(heads), lengths[:, None, None]
    legal = (word <= length) & (head <= length) & (head != word)
    return np.where(legal[..., None] & (array > FORBIDDEN / 2), array, -np.inf)
