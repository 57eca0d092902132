"""A factorization: P(y|x) = exp(Σ_{u∈y} Score(u, x)) / Z(x), given by potentials on the parts u."""

from __future__ import annotations

import warnings
from abc import ABC, abstractmethod
from functools import cached_property
from typing import Any, Callable, ClassVar, Mapping, Sequence, TypeVar, cast

import torch
from torch import Tensor

from skd_plugin.structures.algebra.errors import NotDefined
from skd_plugin.structures.algebra.padding import Axes, cut, pad_all
from skd_plugin.structures.algebra.part_spaces import Parts
from skd_plugin.structures.algebra.potentials import Substructures, divided
from skd_plugin.structures.algebra.structure import NBest

AnyFactorization = TypeVar("AnyFactorization", bound="Factorization")


class Factorization(ABC):
    """
    A batch of distributions over structures, right-padded.

    Concrete subclasses are final, because dispatch is on the exact type. Their constructors take the potentials by the
    names listed here, then `mask`, `labels` and the settings. Potentials are finite, on padding too, which is checked;
    `FORBIDDEN` takes the place of −∞. They are never written to. Half precision is converted to float32, and sums over
    a sentence are computed in float64. Potentials may be None where a class says so. A batch may have no sentences, and
    its sentences no words.
    """

    parts: ClassVar[type[Parts]]
    locally_normalized: ClassVar[bool] = False
    """Whether its choices are independent of each other, so that the distributions of the choices define it."""
    sentence_potentials: ClassVar[Mapping[str, Axes]]
    """
    The names of the potentials with a batch axis. The numbers say by how much each of the axes that follow is longer
    than the sentence. Tensors of integers among them are not scores: they say what a label means.
    """
    shared_potentials: ClassVar[tuple[str, ...]] = ()
    """The names of the potentials without a batch axis, which all sentences share."""
    settings: ClassVar[tuple[str, ...]] = ()
    """Arguments of the constructor, after `labels`, that are plain numbers or None: a maximal width, for example."""
    caveat: ClassVar[str] = ""
    """In one sentence, how its queries are inexact; empty if they are exact."""
    mask: Tensor
    labels: tuple[str, ...]

    @property
    @abstractmethod
    def log_partition(self) -> Tensor:
        """log Z(x) = log Σ_y exp Score(y, x), shape (batch,); differentiable once."""

    @property
    @abstractmethod
    def marginals(self) -> Parts:
        """P(u|x) of the factorization's own parts, detached."""

    @property
    @abstractmethod
    def argmax(self) -> Any:
        """The best well-formed structure of each sentence."""

    @abstractmethod
    def n_best(self, k: int) -> NBest:
        """The k best well-formed structures of each sentence."""

    @abstractmethod
    def cross_entropy(self, expected: Parts) -> Tensor:
        """log Z(x) − Σ_u expected(u) · Score(u, x), shape (batch,); differentiable in the potentials."""

    @abstractmethod
    def indicator(self, structure: Any) -> Parts:
        """The parts of one structure per sentence, 1[u ∈ y], with which gold annotations teach like a teacher."""

    @property
    def choices(self) -> Tensor:
        """The most probable alternative at each word, each word taken by itself: shape (batch, n)."""
        return self.marginals.choices

    @property
    def as_teacher(self) -> Factorization:
        """This distribution as the factorization that is stored of a teacher and conditioned for a student."""
        return self

    @property
    def condensed(self) -> Factorization:
        """The name of `as_teacher` in version 0.1.0."""
        warnings.warn("condensed is now called as_teacher; use that.", DeprecationWarning, stacklevel=2)
        return self.as_teacher

    @property
    def entropy(self) -> Tensor:
        """H(P) = log Z(x) − Σ_u P(u|x) · Score(u, x), shape (batch,), detached."""
        return self.cross_entropy(self.marginals).detach()

    @property
    def token_posterior(self) -> Factorization:
        """
        Π_i P(y_i|x), the product of the posteriors of the words, differentiable.

        Raises `NotDefined` if the words have no posteriors of their own.
        """
        raise NotDefined(
            f"A {type(self).__name__} has no distribution of each word by itself to learn from. Choose a student whose "
            "words have one, such as LinearChain, MaxEnt, HeadSelection or ArcLabels, or another objective."
        )

    @property
    def substructures(self) -> Substructures:
        """
        The scores of all alternatives at each word, differentiable.

        Raises `NotDefined` if the score is not a sum of one score per word.
        """
        raise NotDefined(
            f"A {type(self).__name__} does not have one score for each alternative at a word, so its scores cannot be "
            "matched. Choose a teacher and a student of the same class, such as LinearChain, or another objective."
        )

    def tempered(self: AnyFactorization, temperature: float) -> AnyFactorization:
        """
        Divides every potential by `temperature` (the "global" temperature, which is exact), but not those that are
        `FORBIDDEN`.
        """
        check_temperature(temperature)
        return self._map(lambda value: divided(value, temperature) if value.is_floating_point() else value, self.mask)

    def to(self: AnyFactorization, device: torch.device | str) -> AnyFactorization:
        """Moves the factorization to a device. If it is there, the same object, which keeps the results of queries."""
        if self.mask.device == torch.device(device):
            return self
        return self._map(lambda potential: potential.to(device), self.mask.to(device))

    def of_sentences(self: AnyFactorization, chosen: Tensor) -> AnyFactorization:
        """The distributions of the chosen sentences: a bool for each sentence, shape (batch,), or their indices."""
        potentials = {name: getattr(self, name) for name in self.sentence_potentials}
        parts = {name: None if value is None else value[chosen] for name, value in potentials.items()}
        shared = {name: getattr(self, name) for name in self.shared_potentials}
        return self._rebuild(**parts, **shared, mask=self.mask[chosen])

    def unstack(self: AnyFactorization) -> list[AnyFactorization]:
        """Splits the batch into one unpadded factorization per sentence, each a batch of one with its own memory."""
        shared = {name: getattr(self, name) for name in self.shared_potentials}
        return [
            self._rebuild(
                **{name: cut(getattr(self, name), b, n, axes) for name, axes in self.sentence_potentials.items()},
                **shared,
                mask=self.mask[b : b + 1, :n],
            )
            for b, n in enumerate(self.lengths.tolist())
        ]

    @classmethod
    def stack(cls: type[AnyFactorization], sentences: Sequence[AnyFactorization]) -> AnyFactorization:
        """Pads factorizations of one sentence each into one batch; shared potentials and labels must be the same."""
        if not sentences:
            raise ValueError("No sentences were given to stack, expected one or more: they say which labels there are.")
        names = (*cls.sentence_potentials, "mask")
        potentials = [{name: getattr(sentence, name) for name in names} for sentence in sentences]
        common = {name: getattr(sentences[0], name) for name in (*cls.shared_potentials, "labels", *cls.settings)}
        return cls.of_sentence_potentials(potentials, **common)

    @classmethod
    def of_sentence_potentials(
        cls: type[AnyFactorization], sentences: Sequence[Mapping[str, Tensor | None]], **common: Any
    ) -> AnyFactorization:
        """
        One batch of sentences that are given by their potentials and `mask`, each a batch of one; `common` are shared
        potentials, labels and settings.
        """
        padded = {
            name: pad_all([sentence[name] for sentence in sentences], axes)
            for name, axes in {**cls.sentence_potentials, "mask": (0,)}.items()
        }
        return cls.of_potentials(**padded, **common)

    def _map(self: AnyFactorization, function: Callable[[Tensor], Tensor], mask: Tensor) -> AnyFactorization:
        potentials = {name: getattr(self, name) for name in (*self.sentence_potentials, *self.shared_potentials)}
        changed = {name: None if value is None else function(value) for name, value in potentials.items()}
        return self._rebuild(**changed, mask=mask)

    @classmethod
    def of_potentials(cls: type[AnyFactorization], **arguments: Any) -> AnyFactorization:
        """The factorization with these potentials, by their names, `mask`, `labels` and settings."""
        return cast("Callable[..., AnyFactorization]", cls)(**arguments)

    def _rebuild(self: AnyFactorization, *, mask: Tensor, **potentials: Tensor | None) -> AnyFactorization:
        """A factorization with other potentials and the same class, labels and settings."""
        settings = {name: getattr(self, name) for name in self.settings}
        return self.of_potentials(**potentials, mask=mask, labels=self.labels, **settings)

    @cached_property
    def lengths(self) -> Tensor:
        """The number of words, shape (batch,)."""
        return self.mask.sum(1)


def check_temperature(temperature: float) -> None:
    if not temperature > 0:
        raise ValueError(f"The temperature is {temperature}, expected a number above 0, to divide the potentials by.")
