"""A factorization: P(y|x) = exp(Σ_{u∈y} Score(u, x)) / Z(x), given by potentials on the parts u."""

from __future__ import annotations

from abc import ABC, abstractmethod
from functools import cached_property
from typing import Callable, ClassVar, NamedTuple, Sequence, TypeVar, cast

import torch
from torch import Tensor

from skd_plugin.structures.padding import pad
from skd_plugin.structures.parts import AnyParts, Parts

AnyFactorization = TypeVar("AnyFactorization", bound="Factorization")


class NBest(NamedTuple):
    """
    The k best structures of each sentence, best first.

    labels : shape (batch, k, n), label ids, 0 on padding
    log_probabilities : shape (batch, k), log P(y|x); −∞ (and labels 0) where a sentence has fewer than k structures
    """

    labels: Tensor
    log_probabilities: Tensor


class Factorization(ABC):
    """
    A batch of distributions over structures, right-padded.

    Subclasses are final: dispatch is on the exact type. Their constructors take the potentials by the names listed
    here, then `mask` and `labels`. Potentials are finite, are never written to, and are taken to float32 when they come
    in half precision; sums over a sentence are done in float64.
    """

    parts: ClassVar[type[Parts]]
    sentence_potentials: ClassVar[tuple[str, ...]]
    shared_potentials: ClassVar[tuple[str, ...]] = ()
    mask: Tensor
    labels: tuple[str, ...]

    @property
    @abstractmethod
    def log_partition(self) -> Tensor:
        """log Z(x) = log Σ_y exp Score(y, x), shape (batch,); differentiable once."""

    @property
    @abstractmethod
    def marginals(self) -> Parts:
        """P(u|x) of the own parts, detached."""

    @property
    @abstractmethod
    def token_marginals(self) -> Tensor:
        """P(y_i = y|x), shape (batch, n, label), zero on padding, detached."""

    @property
    @abstractmethod
    def argmax(self) -> Tensor:
        """The best well-formed structure: label ids, shape (batch, n), 0 on padding."""

    @abstractmethod
    def n_best(self, k: int) -> NBest:
        """The k best well-formed structures."""

    @abstractmethod
    def cross_entropy(self, expected: Parts) -> Tensor:
        """log Z(x) − Σ_u expected(u) · Score(u, x), shape (batch,); differentiable in the potentials."""

    @abstractmethod
    def indicator(self, labels: Tensor) -> Parts:
        """The parts of one structure, 1[u ∈ y]: gold is a teacher too. `labels`: ids, shape (batch, n)."""

    @abstractmethod
    def restricted(self, labels: Sequence[str]) -> Factorization:
        """Conditioned on structures that use these labels only; the label axis takes their order."""

    @property
    def entropy(self) -> Tensor:
        """H(P) = log Z(x) − Σ_u P(u|x) · Score(u, x), shape (batch,), detached."""
        return self.cross_entropy(self.marginals).detach()

    def tempered(self: AnyFactorization, temperature: float) -> AnyFactorization:
        """The same factorization with every potential divided by `temperature` ("global" temperature: exact)."""
        if not temperature > 0:
            raise ValueError(f"The temperature is {temperature}; potentials can only be divided by a number above 0.")
        return self._mapped(lambda potential: potential / temperature, self.mask)

    def to(self: AnyFactorization, device: torch.device | str) -> AnyFactorization:
        """The same factorization on another device."""
        return self._mapped(lambda potential: potential.to(device), self.mask.to(device))

    def unstack(self: AnyFactorization) -> list[AnyFactorization]:
        """One unpadded factorization a sentence, each a batch of one, with its own memory."""
        build: Callable[..., AnyFactorization] = type(self)
        return [
            build(
                **{name: getattr(self, name)[b : b + 1, :n].clone() for name in self.sentence_potentials},
                **{name: getattr(self, name) for name in self.shared_potentials},
                mask=self.mask[b : b + 1, :n],
                labels=self.labels,
            )
            for b, n in enumerate(self.lengths.tolist())
        ]

    @classmethod
    def stack(cls: type[AnyFactorization], sentences: Sequence[AnyFactorization]) -> AnyFactorization:
        """The padded batch of one-sentence factorizations that share their shared potentials and their labels."""
        first, build = sentences[0], cast(Callable[..., AnyFactorization], cls)
        padded = {name: pad([getattr(s, name)[0] for s in sentences]) for name in cls.sentence_potentials}
        shared = {name: getattr(first, name) for name in cls.shared_potentials}
        mask = pad([s.mask[0] for s in sentences])
        return build(**padded, **shared, mask=mask, labels=first.labels)

    def _mapped(self: AnyFactorization, function: Callable[[Tensor], Tensor], mask: Tensor) -> AnyFactorization:
        names = self.sentence_potentials + self.shared_potentials
        build: Callable[..., AnyFactorization] = type(self)
        return build(**{name: function(getattr(self, name)) for name in names}, mask=mask, labels=self.labels)

    @cached_property
    def lengths(self) -> Tensor:
        """The number of words, shape (batch,)."""
        return self.mask.sum(1)


def at_least_float32(potentials: Tensor) -> Tensor:
    return potentials.float() if potentials.dtype in (torch.float16, torch.bfloat16) else potentials


def check_shapes(name: str, given: Tensor, expected: tuple[int, ...], axes: str) -> None:
    if tuple(given.shape) != expected:
        raise ValueError(f"{name} has shape {tuple(given.shape)}, expected {expected} = ({axes}).")


def check_axes(name: str, given: Tensor, axes: str) -> None:
    if given.dim() != len(axes.split(", ")):
        raise ValueError(f"{name} has shape {tuple(given.shape)}, expected axes ({axes}).")


def check_mask(mask: Tensor, batch: int, length: int) -> None:
    check_shapes("mask", mask, (batch, length), "batch, n")
    if mask.dtype != torch.bool:
        raise ValueError(f"mask has dtype {mask.dtype}, expected torch.bool; use mask.bool().")
    if length > 1 and bool((mask[:, 1:] > mask[:, :-1]).any()):
        raise ValueError("mask is not right-padded: a word follows padding. Put all padding at the end of each row.")


def check_parts(expected: Parts, kind: type[AnyParts]) -> AnyParts:
    if not isinstance(expected, kind):
        raise TypeError(
            f"Expected parts are {type(expected).__name__}, but this factorization's parts are {kind.__name__}; "
            "use project(teacher, student)."
        )
    return expected


def check_labels(labels: tuple[str, ...], size: int) -> None:
    if len(labels) != size:
        raise ValueError(f"{len(labels)} labels were given for a label axis of {size}; give one name for each entry.")
    if len(set(labels)) != len(labels):
        raise ValueError(f"The labels {labels} are not distinct; teacher and student are aligned by label name.")
