"""Expected parts: for each part u, E_P[1[u ∈ y]] = P(u|x), or 1[u ∈ y*] when gold is the teacher."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, fields
from typing import Callable, TypeVar

import torch
from torch import Tensor

from skd_plugin.structures.algebra.errors import NotDefined


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


AnyParts = TypeVar("AnyParts", bound="Parts")

_NO_FAMILIES = (
    "{} are not the alternatives of independent choices: if each were taken to a power and renormalized by itself, "
    "they would contradict each other. Divide the potentials by the temperature before inference (`tempered`)."
)


@dataclass(frozen=True, eq=False)
class Parts(ABC):
    """
    A number for each part of a batch of sentences, in the part space that its class names.

    The distillation objective is linear in the expected parts, so `weight * a + weight * b` is the expectation under
    the mixture of two teachers, and λ · teacher + (1 − λ) · gold is the target of the interpolated loss.
    """

    def __add__(self: AnyParts, other: AnyParts) -> AnyParts:
        if type(self) is not type(other):
            names = type(self).__name__, type(other).__name__
            raise TypeError(f"Cannot add {names[0]} and {names[1]}: project both onto one student's part space first.")
        pairs = zip(self._values(), other._values())
        return type(self)(*(None if mine is None or theirs is None else mine + theirs for mine, theirs in pairs))

    def __mul__(self: AnyParts, weight: float | Tensor) -> AnyParts:
        """`weight` is a number, or one number a sentence: shape (batch,)."""
        return self._mapped(lambda value: value * _per_sentence(weight, value))

    __rmul__ = __mul__

    @property
    @abstractmethod
    def choices(self) -> Tensor:
        """What is most probable at each word, taken by itself: shape (batch, n)."""

    @abstractmethod
    def relabeled(self: AnyParts, positions: Tensor, size: int) -> AnyParts:
        """
        The same numbers on an axis of `size` labels, old label k at `positions[k]`, or nowhere if that is −1; new
        labels get 0.
        """

    def sharpened(self: AnyParts, temperature: float) -> AnyParts:
        """
        p^{1/T} in place of each p, renormalized within its local family (the "local" temperature): the alternatives of
        one choice, where choices are independent of each other.
        """
        raise NotDefined(_NO_FAMILIES.format(type(self).__name__))

    @property
    def product_entropy(self) -> Tensor:
        """The entropy of independent choices with these probabilities, shape (batch,)."""
        raise NotDefined(_NO_FAMILIES.format(type(self).__name__))

    def to(self: AnyParts, device: torch.device | str) -> AnyParts:
        return self._mapped(lambda value: value.to(device))

    def _mapped(self: AnyParts, function: Callable[[Tensor], Tensor]) -> AnyParts:
        return type(self)(*(None if value is None else function(value) for value in self._values()))

    def _values(self) -> list[Tensor | None]:
        return [getattr(self, field.name) for field in fields(self)]


def _per_sentence(weight: float | Tensor, value: Tensor) -> float | Tensor:
    if isinstance(weight, Tensor) and weight.dim() == 1:
        return weight.to(value.dtype).view(-1, *[1] * (value.dim() - 1))
    return weight
