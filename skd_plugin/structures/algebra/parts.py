"""
Expected parts: for each part u, E_P[1[u ∈ y]] = P(u|x), or 1[u ∈ y*] when the gold structure y* is the teacher.

`Parts` is the base class of the part spaces. `powers` and `entropy` are what part spaces of independent choices need.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, fields
from typing import Callable, ClassVar, Mapping, Sequence, TypeVar

import torch
from torch import Tensor

from skd_plugin.structures.algebra.errors import NotDefined
from skd_plugin.structures.algebra.padding import Axes, cut, pad_all

AnyParts = TypeVar("AnyParts", bound="Parts")

_NOT_INDEPENDENT = (
    "{} are not the alternatives of independent choices: if each were raised to a power and renormalized by itself, "
    "they would contradict each other. Divide the potentials by the temperature before inference (`tempered`)."
)


@dataclass(frozen=True, eq=False)
class Parts(ABC):
    """
    One number per part for each sentence of a batch; the class names the part space.

    The distillation objective is linear in the expected parts. So `weight * a + weight * b` is the expectation under a
    mixture of two teachers, and λ · teacher + (1 − λ) · gold is the target of the interpolated loss.
    """

    axes: ClassVar[Mapping[str, Axes]]
    """By how much each axis of a tensor that depends on the sentence's length is longer than the sentence."""

    def __add__(self: AnyParts, other: AnyParts) -> AnyParts:
        if type(self) is not type(other):
            names = type(self).__name__, type(other).__name__
            raise TypeError(f"Cannot add {names[0]} and {names[1]}: project both onto one student's part space first.")
        pairs = zip(self._values(), other._values())
        return type(self)(*(None if ours is None or theirs is None else ours + theirs for ours, theirs in pairs))

    def __mul__(self: AnyParts, weight: float | Tensor) -> AnyParts:
        """`weight` is one number, or one number per sentence: shape (batch,)."""
        if not isinstance(weight, Tensor) and weight == 1:
            return self
        return self._map(lambda value: value * per_sentence(weight, value))

    __rmul__ = __mul__

    @property
    @abstractmethod
    def choices(self) -> Tensor:
        """The most probable alternative at each word, each word taken by itself: shape (batch, n)."""

    @abstractmethod
    def relabeled(self: AnyParts, positions: Tensor, num_labels: int) -> AnyParts:
        """
        Moves the parts to an axis of `num_labels` labels. Label k goes to `positions[k]` and is dropped if that is −1;
        labels that no label goes to get 0.
        """

    def sharpened(self: AnyParts, temperature: float) -> AnyParts:
        """
        Replaces each p by p^{1/T}, renormalized over the alternatives of its choice (the "local" temperature).

        Raises `NotDefined` where the parts are not alternatives of independent choices.
        """
        raise NotDefined(_NOT_INDEPENDENT.format(type(self).__name__))

    @property
    def product_entropy(self) -> Tensor:
        """The entropy of independent choices with these probabilities, shape (batch,)."""
        raise NotDefined(_NOT_INDEPENDENT.format(type(self).__name__))

    def to(self: AnyParts, device: torch.device | str) -> AnyParts:
        return self._map(lambda value: value.to(device))

    def unstack(self: AnyParts, lengths: Sequence[int]) -> list[AnyParts]:
        """Splits the batch into unpadded batches of one sentence, each with its own memory."""
        return [
            type(self)(*(cut(getattr(self, name), b, n, axes) for name, axes in self.axes.items()))
            for b, n in enumerate(lengths)
        ]

    @classmethod
    def stack(cls: type[AnyParts], sentences: Sequence[AnyParts]) -> AnyParts:
        """Pads batches of one sentence into one batch."""
        return cls(*(pad_all([getattr(sentence, name) for sentence in sentences], a) for name, a in cls.axes.items()))

    @property
    def nbytes(self) -> int:
        """The size of all numbers in bytes."""
        return sum(value.nbytes for value in self._values() if value is not None)

    def _map(self: AnyParts, function: Callable[[Tensor], Tensor]) -> AnyParts:
        return type(self)(*(None if value is None else function(value) for value in self._values()))

    def _values(self) -> list[Tensor | None]:
        return [getattr(self, field.name) for field in fields(self)]


def powers(probabilities: Tensor, exponent: float) -> Tensor:
    """p^a, renormalized over the last axis. Where no alternative has any probability, all stay 0."""
    highest = probabilities.amax(-1, keepdim=True)
    # Relative to the highest, so that not all of them can underflow.
    relative = (probabilities / highest.where(highest > 0, 1.0)).pow(exponent)
    return relative / relative.sum(-1, keepdim=True).clamp(min=1)


def entropy(probabilities: Tensor) -> Tensor:
    """−Σ p log p over the last axis."""
    summands: Tensor = torch.special.entr(probabilities)
    return summands.sum(-1)


def scatter_labels(values: Tensor, positions: Tensor, num_labels: int) -> Tensor:
    """Moves column k of the last axis to column `positions[k]` of an axis of `num_labels`; drops it if that is −1."""
    # −1 becomes the additional last column, which is cut off.
    extended = values.new_zeros(*values.shape[:-1], num_labels + 1)
    return extended.index_copy_(-1, positions % (num_labels + 1), values)[..., :num_labels]


def per_sentence(weight: float | Tensor, value: Tensor) -> float | Tensor:
    if isinstance(weight, Tensor) and weight.dim() == 1:
        return weight.to(value.dtype).view(-1, *[1] * (value.dim() - 1))
    return weight
