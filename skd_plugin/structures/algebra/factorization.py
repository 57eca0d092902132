"""A factorization: P(y|x) = exp(Σ_{u∈y} Score(u, x)) / Z(x), given by potentials on the parts u."""

from __future__ import annotations

from abc import ABC, abstractmethod
from functools import cached_property
from typing import Any, Callable, ClassVar, Mapping, Sequence, TypeVar, cast

import torch
from torch import Tensor

from skd_plugin.structures.algebra.errors import NotDefined
from skd_plugin.structures.algebra.padding import Axes, cut, pad, pad_all
from skd_plugin.structures.algebra.part_spaces import Parts
from skd_plugin.structures.algebra.potentials import Substructures
from skd_plugin.structures.algebra.structure import NBest

AnyFactorization = TypeVar("AnyFactorization", bound="Factorization")


class Factorization(ABC):
    """
    A batch of distributions over structures, right-padded.

    Subclasses are final: dispatch is on the exact type. Their constructors take the potentials by the names listed
    here, then `mask` and `labels`. Potentials are finite, are never written to, and are taken to float32 when they come
    in half precision; sums over a sentence are done in float64. `sentence_potentials` have a batch axis, followed by
    one axis for each of the numbers given: by how much it is longer than the sentence. Tensors of integers among them
    are no scores, but say what a label means. Potentials may be None where a class says so.
    """

    parts: ClassVar[type[Parts]]
    locally_normalized: ClassVar[bool] = False
    """Whether its choices are independent of each other: then distributions of each choice are one of all."""
    sentence_potentials: ClassVar[Mapping[str, Axes]]
    shared_potentials: ClassVar[tuple[str, ...]] = ()
    settings: ClassVar[tuple[str, ...]] = ()
    """Arguments of the constructor, after `labels`, that are plain numbers or None: a maximal width, for example."""
    caveat: ClassVar[str] = ""
    """In what its queries are not exact, in one sentence."""
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
        """The parts of one structure a sentence, 1[u ∈ y]: gold is a teacher too."""

    @property
    def choices(self) -> Tensor:
        """What is most probable at each word, taken by itself: shape (batch, n)."""
        return self.marginals.choices

    @property
    def as_teacher(self) -> Factorization:
        """The same distribution in the form in which it teaches: what is stored of a teacher, and conditioned."""
        return self

    @property
    def entropy(self) -> Tensor:
        """H(P) = log Z(x) − Σ_u P(u|x) · Score(u, x), shape (batch,), detached."""
        return self.cross_entropy(self.marginals).detach()

    @property
    def token_posterior(self) -> Factorization:
        """Π_i P(y_i|x), the product of the words' own distributions, differentiable; `NotDefined` without any."""
        raise NotDefined(
            f"A {type(self).__name__} has no distribution of each word by itself to learn from. Take a student whose "
            "words have one, such as LinearChain, MaxEnt, HeadSelection or ArcLabels, or another objective."
        )

    @property
    def substructures(self) -> Substructures:
        """The scores of all alternatives at each word, differentiable; `NotDefined` where they are not that simple."""
        raise NotDefined(
            f"The scores of a {type(self).__name__} are not one for each alternative at a word, so they cannot be "
            "matched. Take a teacher and a student of the same class, such as LinearChain, or another objective."
        )

    def tempered(self: AnyFactorization, temperature: float) -> AnyFactorization:
        """The same factorization with every potential divided by `temperature` ("global" temperature: exact)."""
        check_temperature(temperature)
        return self._mapped(lambda value: value / temperature if value.is_floating_point() else value, self.mask)

    def to(self: AnyFactorization, device: torch.device | str) -> AnyFactorization:
        """The same factorization on another device."""
        return self._mapped(lambda potential: potential.to(device), self.mask.to(device))

    def unstack(self: AnyFactorization) -> list[AnyFactorization]:
        """One unpadded factorization a sentence, each a batch of one, with its own memory."""
        shared = {name: getattr(self, name) for name in self.shared_potentials}
        return [
            self._built(
                **{name: cut(getattr(self, name), b, n, axes) for name, axes in self.sentence_potentials.items()},
                **shared,
                mask=self.mask[b : b + 1, :n],
            )
            for b, n in enumerate(self.lengths.tolist())
        ]

    @classmethod
    def stack(cls: type[AnyFactorization], sentences: Sequence[AnyFactorization]) -> AnyFactorization:
        """The padded batch of one-sentence factorizations that share their shared potentials and their labels."""
        first = sentences[0]
        own = cls.sentence_potentials.items()
        padded = {name: pad_all([getattr(s, name) for s in sentences], axes) for name, axes in own}
        shared = {name: getattr(first, name) for name in cls.shared_potentials}
        return first._built(**padded, **shared, mask=pad([s.mask for s in sentences], (0,)))

    def _mapped(self: AnyFactorization, function: Callable[[Tensor], Tensor], mask: Tensor) -> AnyFactorization:
        potentials = {name: getattr(self, name) for name in (*self.sentence_potentials, *self.shared_potentials)}
        changed = {name: None if value is None else function(value) for name, value in potentials.items()}
        return self._built(**changed, mask=mask)

    def _built(self: AnyFactorization, *, mask: Tensor, **potentials: Tensor | None) -> AnyFactorization:
        """One of the same class, labels and settings."""
        build = cast("Callable[..., AnyFactorization]", type(self))
        settings = {name: getattr(self, name) for name in self.settings}
        return build(**potentials, mask=mask, labels=self.labels, **settings)

    @cached_property
    def lengths(self) -> Tensor:
        """The number of words, shape (batch,)."""
        return self.mask.sum(1)


def check_temperature(temperature: float) -> None:
    if not temperature > 0:
        raise ValueError(f"The temperature is {temperature}; potentials can only be divided by a number above 0.")
