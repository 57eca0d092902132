"""Probabilities of the alternatives of one choice, on the last axis: powers p^a / Σ p^a, and entropy −Σ p log p."""

from __future__ import annotations

import torch
from torch import Tensor


def powers(probabilities: Tensor, exponent: float) -> Tensor:
    """p^a, renormalized over the last axis; where no alternative has any probability it stays 0."""
    highest = probabilities.amax(-1, keepdim=True)
    # Relative to the highest, so that not all of them can underflow.
    relative = (probabilities / highest.where(highest > 0, 1.0)).pow(exponent)
    return relative / relative.sum(-1, keepdim=True).clamp(min=1)


def entropy(probabilities: Tensor) -> Tensor:
    """−Σ p log p over the last axis."""
    summands: Tensor = torch.special.entr(probabilities)
    return summands.sum(-1)
