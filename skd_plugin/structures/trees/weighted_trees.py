"""Weighted trees: an n-best list of parses as a distribution."""

from __future__ import annotations

from typing import ClassVar, Mapping, Sequence, final

import torch
from torch import Tensor

from skd_plugin.structures.algebra.checks import check_ids
from skd_plugin.structures.algebra.padding import Axes
from skd_plugin.structures.algebra.part_spaces import Arcs, Parts
from skd_plugin.structures.algebra.structure import Tree
from skd_plugin.structures.algebra.weighted_structures import WeightedStructures
from skd_plugin.structures.trees.head_selection import HeadSelection


@final
class WeightedTrees(WeightedStructures):
    """
    # Parameters

    weights : shape (batch, k), log w_r; see `WeightedStructures`
    heads : shape (batch, n, k), 0 (ROOT) to n. Any choice of heads is accepted; a student of trees learns from those
        that are trees
    relations : shape (batch, n, k), the ids of the relations; None (and no labels) in unlabelled parsing
    mask : bool, shape (batch, n), right-padded
    labels : the name of each relation
    """

    parts: ClassVar[type[Parts]] = Arcs
    structure_names = ("heads", "relations")
    sentence_potentials: ClassVar[Mapping[str, Axes]] = {"weights": (), "heads": (0,), "relations": (0,)}
    heads: Tensor
    relations: Tensor | None

    def __init__(
        self, weights: Tensor, heads: Tensor, relations: Tensor | None, mask: Tensor, labels: Sequence[str]
    ) -> None:
        self._set_up(weights, [heads, relations], mask, labels)
        check_ids("heads", self.heads, range(mask.shape[1] + 1))
        if (self.relations is None) != (not self.labels):
            raise ValueError("Trees have relations and labels that name them, or neither; give both, or None and ().")
        if self.relations is not None:
            check_ids("relation ids", self.relations, range(len(self.labels)))

    @property
    def uniform(self) -> HeadSelection:
        batch, n = self.mask.shape
        arcs = self.weights.new_zeros(batch, n, n + 1)
        relations = arcs.new_zeros(1, 1, 1, 1).expand(*arcs.shape, len(self.labels)) if self.labels else None
        return HeadSelection(arcs, relations, self.mask, self.labels)

    def _structure_of(self, parts: Sequence[Tensor | None]) -> Tree:
        heads, relations = parts
        assert heads is not None
        return Tree(heads, relations)

    def relabeled(self, new: Sequence[str], labels: Sequence[str]) -> WeightedTrees:
        """With relation k called `new[k]`, which is one of `labels`."""
        if self.relations is None:
            return self
        index = torch.tensor([tuple(labels).index(name) for name in new], device=self.relations.device)
        return WeightedTrees(self.weights, self.heads, index[self.relations], self.mask, labels)


def are_trees(heads: Tensor, mask: Tensor) -> Tensor:
    """Whether exactly one word depends on ROOT, and there is no cycle: bool, shape (batch,); heads are (batch, n)."""
    ancestors = torch.nn.functional.pad(heads.masked_fill(~mask, 0), (1, 0))
    # After each step, the ancestor that is twice as far away.
    for _ in range(max(1, heads.shape[1]).bit_length()):
        ancestors = ancestors.gather(1, ancestors)
    has_one_root = ((heads == 0) & mask).sum(1) == 1
    return (has_one_root | ~mask.any(1)) & (ancestors == 0).all(1)


def are_projective(heads: Tensor, mask: Tensor) -> Tensor:
    """Whether no two arcs cross, with ROOT before the first word: bool, shape (batch,); heads are (batch, n)."""
    words = torch.arange(1, heads.shape[1] + 1, device=heads.device).expand_as(heads)
    left, right = (end.masked_fill(~mask, 0) for end in (torch.minimum(heads, words), torch.maximum(heads, words)))
    begins_inside = (left.unsqueeze(2) < left.unsqueeze(1)) & (left.unsqueeze(1) < right.unsqueeze(2))
    return ~(begins_inside & (right.unsqueeze(2) < right.unsqueeze(1))).flatten(1).any(1)
