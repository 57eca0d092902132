"""Potentials: their precision, the values of structural zeros, and the scores of the substructures at each word."""

from typing import NamedTuple

import torch
from torch import Tensor

# The potential of a part that must not occur. Its exponential is 0 and its product with 0 is 0, which −∞ would turn
# into NaN.
FORBIDDEN = -1e9
# What does not exist scores less than any structure that does exist, even less than one with forbidden parts.
IMPOSSIBLE = -1e30


class Substructures(NamedTuple):
    """
    scores : shape (batch, n, alternative), differentiable
    exist : bool, the same shape; False on padding and for alternatives that cannot occur, whose scores are meaningless
    """

    scores: Tensor
    exist: Tensor


def substructures(scores: Tensor, exist: Tensor) -> Substructures:
    """Flattens scores of shape (batch, n, …) to one axis of alternatives; forbidden alternatives do not exist."""
    flat = scores.flatten(2)
    exist = exist.expand_as(scores).flatten(2)
    return Substructures(flat, exist & (flat.detach() > FORBIDDEN / 2))


def divided(potentials: Tensor, temperature: float) -> Tensor:
    """Potentials divided by the temperature. What is forbidden stays so, at a high temperature too."""
    return (potentials / temperature).where(potentials > FORBIDDEN / 2, potentials)


def at_least_float32(potentials: Tensor) -> Tensor:
    """Converts half precision to float32, because the inference kernels do not support it."""
    return potentials.float() if potentials.dtype in (torch.float16, torch.bfloat16) else potentials
