"""Weighted sets of spans: an n-best list of entities as a distribution."""

from __future__ import annotations

from typing import ClassVar, Mapping, Optional, Sequence, final

import torch
from torch import Tensor

from skd_plugin.structures.algebra.checks import check_ids
from skd_plugin.structures.algebra.padding import Axes
from skd_plugin.structures.algebra.part_spaces import Parts, Spans
from skd_plugin.structures.algebra.structure import Segments, check_flat
from skd_plugin.structures.algebra.weighted_structures import WeightedStructures
from skd_plugin.structures.spans.flat_spans import FlatSpans


@final
class WeightedSpans(WeightedStructures):
    """
    # Parameters

    weights : shape (batch, k), log w_r; see `WeightedStructures`
    widths : shape (batch, n, k), the number of words of the span of a set that begins at a word; 0 where none begins.
        The spans of a set do not overlap
    types : shape (batch, n, k), the ids of their types; 0 where none begins
    mask : bool, shape (batch, n), right-padded
    labels : the name of each type
    """

    parts: ClassVar[type[Parts]] = Spans
    structure_names = ("widths", "types")
    sentence_potentials: ClassVar[Mapping[str, Axes]] = {"weights": (), "widths": (0,), "types": (0,)}
    widths: Tensor
    types: Tensor

    def __init__(self, weights: Tensor, widths: Tensor, types: Tensor, mask: Tensor, labels: Sequence[str]) -> None:
        self._set_up(weights, [widths, types], mask, labels)
        check_ids("widths", self.widths, range(mask.shape[1] + 1))
        check_ids("type ids", self.types, range(len(self.labels)))
        k = self.num_structures
        flattened = self.widths.transpose(1, 2).flatten(0, 1)
        check_flat(flattened, self.lengths.repeat_interleave(k))

    @property
    def uniform(self) -> FlatSpans:
        batch, n = self.mask.shape
        return FlatSpans(self.weights.new_zeros(batch, n, max(1, n), len(self.labels)), self.mask, self.labels)

    def _structure_of(self, parts: Sequence[Tensor | None]) -> Segments:
        widths, types = parts
        assert widths is not None and types is not None
        return Segments(widths, types)

    def relabeled(self, new: Sequence[Optional[str]], labels: Sequence[str]) -> WeightedSpans:
        """With type k called `new[k]`, which is one of `labels`, or without its spans if that is None."""
        index = torch.tensor([-1 if name is None else tuple(labels).index(name) for name in new])
        types = index.to(self.types.device)[self.types]
        kept = (types >= 0) & (self.widths > 0)
        return WeightedSpans(
            self.weights, self.widths.masked_fill(~kept, 0), types.masked_fill(~kept, 0), self.mask, labels
        )
