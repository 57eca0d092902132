"""Weighted label sequences: an n-best list of taggings as a distribution."""

from __future__ import annotations

from typing import ClassVar, Mapping, Sequence, final

import torch
from torch import Tensor

from skd_plugin.structures.algebra.checks import check_ids
from skd_plugin.structures.algebra.padding import Axes
from skd_plugin.structures.algebra.part_spaces import Parts, Tokens
from skd_plugin.structures.algebra.weighted_structures import WeightedStructures
from skd_plugin.structures.sequences.max_ent import MaxEnt


@final
class WeightedSequences(WeightedStructures):
    """
    # Parameters

    weights : shape (batch, k), log w_r; see `WeightedStructures`
    ids : shape (batch, n, k), the ids of the labels of the k sequences
    mask : bool, shape (batch, n), right-padded
    labels : the name of each label
    """

    parts: ClassVar[type[Parts]] = Tokens
    structure_names = ("ids",)
    sentence_potentials: ClassVar[Mapping[str, Axes]] = {"weights": (), "ids": (0,)}
    ids: Tensor

    def __init__(self, weights: Tensor, ids: Tensor, mask: Tensor, labels: Sequence[str]) -> None:
        self._set_up(weights, [ids], mask, labels)
        check_ids("label ids", self.ids, range(len(self.labels)))

    @property
    def uniform(self) -> MaxEnt:
        scores = self.weights.new_zeros(*self.mask.shape, len(self.labels))
        return MaxEnt(scores, self.mask, self.labels)

    def _structure_of(self, parts: Sequence[Tensor | None]) -> Tensor:
        [ids] = parts
        assert ids is not None
        return ids

    def relabeled(self, new: Sequence[str], labels: Sequence[str]) -> WeightedSequences:
        """With label k called `new[k]`, which is one of `labels`."""
        index = torch.tensor([tuple(labels).index(name) for name in new], device=self.ids.device)
        return WeightedSequences(self.weights, index[self.ids], self.mask, labels)
