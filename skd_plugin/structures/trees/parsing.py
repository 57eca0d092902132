"""Factorizations over dependency trees, where y_i is a head and a relation: the queries that parsers have in common."""

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
    """Which choices of heads have probability. A larger number means fewer structures."""

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
        The k best trees, by the scores of labelled arcs, shape (batch, n, n + 1, relation). The sum of a tree's scores
        is log P(y|x) up to a constant of the sentence. Arcs that score less than half of `FORBIDDEN` are in no tree.
        """
        num_relations = scores.shape[-1]
        heads, relations = self.argmax
        best = heads if relations is None else heads * num_relations + relations
        lengths = self.lengths.cpu().numpy()
        decode = eisner_decoding.best_trees if self.support is Support.PROJECTIVE_TREES else spanning_tree.best_trees
        arcs, totals = map(
            torch.from_numpy, k_best_trees(_mask_illegal_arcs(scores, lengths), best.cpu().numpy(), lengths, decode, k)
        )
        # log P of the best tree is computed exactly. For the others, the differences of the scores are added.
        highest = -self.cross_entropy(self.indicator(self.argmax)).detach()
        differences = torch.where(totals.isfinite(), totals - totals[:, :1], totals).to(heads.device)
        log_probabilities = (highest.double().unsqueeze(1) + differences).to(highest.dtype)
        arcs = arcs.to(heads.device)
        trees = Tree(arcs // num_relations, None if relations is None else arcs % num_relations)
        return NBest(trees, log_probabilities)

    @abstractmethod
    def arc_probabilities(self, tree: Tree) -> Tensor:
        """
        P(h_i → i, r_i | x) of the given arcs, which need not form a tree: shape (batch, n), 0 on padding, detached. If
        the tree or this distribution has no relations, it is P(h_i → i | x).
        """


def _mask_illegal_arcs(scores: Tensor, lengths: np.ndarray) -> np.ndarray:
    """The scores in float64, −∞ where an arc is impossible or forbidden."""
    array = scores.detach().cpu().double().numpy()
    _, n, heads, _ = array.shape
    word, head, length = np.arange(1, n + 1)[:, None], np.arange(heads), lengths[:, None, None]
    legal = (word <= length) & (head <= length) & (head != word)
    return np.where(legal[..., None] & (array > FORBIDDEN / 2), array, -np.inf)
