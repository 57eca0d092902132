"""Substructures: the scores s(i, a) of all alternatives a at each word i, before any inference."""

from __future__ import annotations

from typing import NamedTuple

from torch import Tensor

from skd_plugin.structures.forbidden import FORBIDDEN


class Substructures(NamedTuple):
    """
    scores : shape (batch, n, alternative), differentiable
    exist : bool, the same shape; False on padding and for what cannot be, whose scores mean nothing
    """

    scores: Tensor
    exist: Tensor


def substructures(scores: Tensor, exist: Tensor) -> Substructures:
    """Of scores (batch, n, …), laid flat; structural zeros do not exist."""
    flat = scores.flatten(2)
    exist = exist.expand_as(scores).flatten(2)
    return Substructures(flat, exist & (flat.detach() > FORBIDDEN / 2))
