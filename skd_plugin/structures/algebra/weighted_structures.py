"""Weighted structures: P(y|x) = Σ_r w_r · 1[y = y_r] over a list y_1, …, y_k of structures of each sentence."""

from __future__ import annotations

from abc import ABC, abstractmethod
from functools import cached_property
from typing import Any, ClassVar, Sequence, TypeVar

import torch
from torch import Tensor

from skd_plugin.structures.algebra.checks import check_finite, check_labels, check_mask, check_shapes
from skd_plugin.structures.algebra.errors import NotDefined
from skd_plugin.structures.algebra.factorization import Factorization
from skd_plugin.structures.algebra.part_spaces import Parts
from skd_plugin.structures.algebra.parts import entropy
from skd_plugin.structures.algebra.potentials import FORBIDDEN, at_least_float32
from skd_plugin.structures.algebra.structure import NBest

AnyWeighted = TypeVar("AnyWeighted", bound="WeightedStructures")


class WeightedStructures(Factorization, ABC):
    """
    An n-best list as a distribution. It does not factorize: nothing is independent in it. It can teach, because the
    expectation of any student's parts is a sum over its k structures. No student has it.

    Structures that are there twice count as one, with the sum of their weights.

    # Parameters

    weights : shape (batch, k), log w_r, which are normalized here; `FORBIDDEN` for ranks that do not exist, which have
        any structure. A sentence has at least one that exists
    structure : the tensors of `structure_names`, each of shape (batch, n, k), integers; or None
    mask : bool, shape (batch, n), right-padded
    labels : as a student of such structures has them
    """

    structure_names: ClassVar[tuple[str, ...]]
    """The tensors that make up a structure, in the order in which the class of the structure has them."""
    weights: Tensor

    def _set_up(self, weights: Tensor, structure: Sequence[Tensor | None], mask: Tensor, labels: Sequence[str]) -> None:
        first = next(part for part in structure if part is not None)
        if first.dim() != 3:
            raise ValueError(
                f"{self.structure_names[0]} has shape {tuple(first.shape)}, expected axes (batch, n, k) of the k "
                "structures of each sentence."
            )
        batch, n, k = first.shape
        check_mask(mask, batch, n)
        for name, part in zip(self.structure_names, structure):
            if part is not None:
                check_shapes(name, part, (batch, n, k), "batch, n, k")
                setattr(self, name, part.masked_fill(~mask.unsqueeze(2), 0))
            else:
                setattr(self, name, None)
        check_shapes("weights", weights, (batch, k), "batch, k")
        self.mask, self.labels = mask, tuple(labels)
        check_labels(self.labels, len(self.labels))
        weights = at_least_float32(weights)
        check_finite(weights=weights)
        self.weights = self._merged(weights)

    @property
    def num_structures(self) -> int:
        """k."""
        return self.weights.shape[1]

    @cached_property
    def probabilities(self) -> Tensor:
        """w_r, shape (batch, k), 0 for ranks that do not exist, detached."""
        return self.weights.detach().softmax(-1).masked_fill(~self.exist, 0.0)

    @property
    def exist(self) -> Tensor:
        """Which ranks have a structure of their own: bool, shape (batch, k)."""
        return self.weights > FORBIDDEN / 2

    @property
    def ranks(self) -> list[Any]:
        """
        The structures, one of each sentence at a time. Where a rank does not exist it is the most probable structure.
        """
        chosen = torch.arange(self.num_structures, device=self.mask.device).expand_as(self.weights)
        chosen = chosen.where(self.exist, self.weights.argmax(1, keepdim=True))
        return [self._at(chosen[:, rank]) for rank in range(self.num_structures)]

    @property
    def log_partition(self) -> Tensor:
        return self.weights.logsumexp(-1)

    @cached_property
    def marginals(self) -> Parts:
        return self.expected_parts(self.uniform)

    @property
    @abstractmethod
    def uniform(self) -> Factorization:
        """A distribution over structures of the same kind that factorizes, and has the same parts."""

    def expected_parts(self, student: Factorization) -> Parts:
        """Σ_r w_r · 1[u ∈ y_r] of the parts u of a student that has these structures and these labels."""
        weighted: list[Parts] = [
            student.indicator(structure) * weight for structure, weight in zip(self.ranks, self.probabilities.unbind(1))
        ]
        return sum(weighted[1:], start=weighted[0])

    @property
    def argmax(self) -> Any:
        """The most probable structure, as it is in the list."""
        return self._at(self.weights.argmax(1))

    def n_best(self, k: int) -> NBest:
        """The k most probable structures."""
        size = min(k, self.num_structures)
        order = self.weights.detach().topk(size, 1).indices
        log_probabilities = (self.weights.detach() - self.log_partition.detach().unsqueeze(1)).gather(1, order)
        missing = ~self.exist.gather(1, order)
        log_probabilities = torch.nn.functional.pad(
            log_probabilities.masked_fill(missing, -torch.inf), (0, k - size), value=-torch.inf
        )
        parts = []
        for part in self._structure:
            if part is not None:
                ranked = part.transpose(1, 2).gather(1, order.unsqueeze(2).expand(-1, -1, part.shape[1]))
                part = torch.nn.functional.pad(ranked.masked_fill(missing.unsqueeze(2), 0), (0, 0, 0, k - size))
            parts.append(part)
        return NBest(self._structure_of(parts), log_probabilities)

    @property
    def entropy(self) -> Tensor:
        return entropy(self.probabilities)

    def cross_entropy(self, expected: Parts) -> Tensor:
        raise NotDefined(
            f"A {type(self).__name__} is a list of structures, which has no scores of parts, so it can teach but not "
            "be taught. Choose another student."
        )

    def indicator(self, structure: Any) -> Parts:
        return self.uniform.indicator(structure)

    @abstractmethod
    def _structure_of(self, parts: Sequence[Tensor | None]) -> Any:
        """The structures that these tensors make up."""

    @property
    def _structure(self) -> list[Tensor | None]:
        return [getattr(self, name) for name in self.structure_names]

    def _at(self, ranks: Tensor) -> Any:
        """For each sentence the structure of a rank, shape (batch,)."""
        index = ranks.view(-1, 1, 1).expand(-1, self.mask.shape[1], 1)
        return self._structure_of([None if part is None else part.gather(2, index)[..., 0] for part in self._structure])

    def _merged(self, weights: Tensor) -> Tensor:
        """The first of equal structures gets the sum of their weights; the others do not exist."""
        k = weights.shape[1]
        # Shape: (batch, k, k)
        same = torch.ones(len(weights), k, k, dtype=torch.bool, device=weights.device)
        for part in self._structure:
            if part is not None:
                same &= (part.unsqueeze(3) == part.unsqueeze(2)).all(1)
        is_first = ~same.tril(-1).any(2)
        of_equals = weights.unsqueeze(1).masked_fill(~same, -torch.inf)
        # One weight stays as it is: the logarithm of a sum would round it.
        are_several = (of_equals > FORBIDDEN / 2).sum(2) > 1
        total = torch.where(are_several, of_equals.logsumexp(2), of_equals.amax(2))
        return total.masked_fill(~is_first, FORBIDDEN)
