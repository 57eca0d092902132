"""Structural zeros: the potential of what must not be."""

from typing import NamedTuple

from torch import Tensor

# e to this power is 0, but its product with 0 is 0: no −∞ ever meets one.
FORBIDDEN = -1e9


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
