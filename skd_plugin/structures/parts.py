"""Part spaces and expected parts: for each part u, E_P[1[u ∈ y]] = P(u|x), or 1[u ∈ y*] when gold is the teacher."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, fields
from typing import Callable, TypeVar

import torch
from torch import Tensor

AnyParts = TypeVar("AnyParts", bound="Parts")


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
        """The same numbers on an axis of `size` labels, old label k at `positions[k]`; new labels get 0."""

    def to(self: AnyParts, device: torch.device | str) -> AnyParts:
        return self._mapped(lambda value: value.to(device))

    def _mapped(self: AnyParts, function: Callable[[Tensor], Tensor]) -> AnyParts:
        return type(self)(*(None if value is None else function(value) for value in self._values()))

    def _values(self) -> list[Tensor | None]:
        return [getattr(self, field.name) for field in fields(self)]


@dataclass(frozen=True, eq=False)
class Tokens(Parts):
    """
    Token labels. `tokens[b, i, y]` = P(y_i = y), shape (batch, n, label); zero on padding.
    """

    tokens: Tensor

    @property
    def choices(self) -> Tensor:
        return self.tokens.argmax(-1)

    def relabeled(self, positions: Tensor, size: int) -> Tokens:
        return Tokens(_spread(self.tokens, positions, size))


@dataclass(frozen=True, eq=False)
class Bigrams(Parts):
    """
    Label bigrams, compactly: with position-independent transitions the sum over positions is all that a chain needs.

    `tokens[b, i, y]` = P(y_i = y), shape (batch, n, label); `transitions[b, y', y]` = Σ_{i≥2} P(y_{i−1} = y', y_i = y),
    shape (batch, previous, label).
    """

    tokens: Tensor
    transitions: Tensor

    @property
    def choices(self) -> Tensor:
        return self.tokens.argmax(-1)

    def relabeled(self, positions: Tensor, size: int) -> Bigrams:
        rows = _spread(self.transitions, positions, size)
        return Bigrams(
            _spread(self.tokens, positions, size),
            _spread(rows.transpose(1, 2), positions, size).transpose(1, 2),
        )


@dataclass(frozen=True, eq=False)
class Arcs(Parts):
    """
    Arcs of dependency trees, and what relation each is. `arcs[b, i, h]` = P(h → i), shape (batch, n, n + 1), head 0 is
    ROOT; `relations[b, i, h, r]` = P(h → i, r), shape (batch, n, n + 1, relation), or None in unlabelled parsing. Zero
    on padding and at a word's own column.
    """

    arcs: Tensor
    relations: Tensor | None

    @property
    def choices(self) -> Tensor:
        return self.arcs.argmax(-1)

    def relabeled(self, positions: Tensor, size: int) -> Arcs:
        return Arcs(self.arcs, None if self.relations is None else _spread(self.relations, positions, size))


@dataclass(frozen=True, eq=False)
class ArcTokens(Parts):
    """
    Token labels that each denote an arc. `tokens[b, i, l]` = P(y_i = l), shape (batch, n, label); zero on padding.
    """

    tokens: Tensor

    @property
    def choices(self) -> Tensor:
        return self.tokens.argmax(-1)

    def relabeled(self, positions: Tensor, size: int) -> ArcTokens:
        """Unchanged: these are on the student's own axis, which the relations' names do not number."""
        return self


def _per_sentence(weight: float | Tensor, value: Tensor) -> float | Tensor:
    if isinstance(weight, Tensor) and weight.dim() == 1:
        return weight.to(value.dtype).view(-1, *[1] * (value.dim() - 1))
    return weight


def _spread(values: Tensor, positions: Tensor, size: int) -> Tensor:
    """Moves the last axis into one of `size`: column k goes to column `positions[k]`."""
    return values.new_zeros(*values.shape[:-1], size).index_copy(-1, positions, values)
