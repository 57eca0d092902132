"""Targets on the k best: the target is Σ_r w_r · 1[u ∈ y_r] over a teacher's best structures y_1, …, y_k."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Callable

import torch
from torch import Tensor

from skd_plugin.structures.algebra.factorization import Factorization
from skd_plugin.structures.algebra.labels import Policy
from skd_plugin.structures.algebra.part_spaces import Parts
from skd_plugin.structures.algebra.parts import entropy
from skd_plugin.structures.algebra.potentials import FORBIDDEN
from skd_plugin.structures.algebra.structure import NBest
from skd_plugin.structures.projections.conditioning import condition
from skd_plugin.structures.projections.table import row_of
from skd_plugin.structures.projections.target import Target
from skd_plugin.structures.projections.translation import translated


@dataclass(frozen=True)
class BestTarget(Target):
    """
    The teacher's k best structures in place of its distribution.

    weights : shape (batch, k), w_r, which sum to 1; 0 where there are fewer structures than that
    """

    weights: Tensor

    @property
    def entropy(self) -> Tensor:
        return entropy(self.weights)


def best_target(
    teacher: Factorization, student: Factorization, k: int, weighted: bool, policy: Policy = "error"
) -> BestTarget:
    """
    # Parameters

    k : how many structures, fewer where there are not so many
    weighted : w_r ∝ P_t(y_r|x) if so, otherwise all are equal

    Raises as `target` does.
    """
    row_of(teacher, student)
    with torch.no_grad():
        conditioned, drops = condition(teacher, student, policy)
        structures, log_probabilities = _best(conditioned, k)
        weights = _weights(log_probabilities, weighted)
        ranks = [translated(_of_rank(structures, r, weights), conditioned, student) for r in range(weights.shape[1])]
        parts: list[Parts] = [student.indicator(y) * weights[:, r] for r, y in enumerate(ranks)]
    return BestTarget(teacher, conditioned, drops, sum(parts[1:], start=parts[0]), weights)


def _best(teacher: Factorization, k: int) -> NBest:
    """Of sentences without any well-formed structure the one that `argmax` makes do with, as in prediction."""
    if k == 1:
        best = _mapped(lambda part: part.unsqueeze(1), teacher.argmax)
        return NBest(best, torch.zeros(len(teacher.mask), 1, device=teacher.mask.device))
    found = teacher.n_best(k)
    none = found.log_probabilities[:, :1].isneginf()
    if not bool(none.any()):
        return found
    best = _mapped(lambda part: part.unsqueeze(1), teacher.argmax)
    structures = _mapped(lambda one, part: one.where(none.unsqueeze(2), part), best, found.structures)
    first, others = found.log_probabilities[:, :1], found.log_probabilities[:, 1:]
    return NBest(structures, torch.cat([first.masked_fill(none, 0.0), others], 1))


def _weights(log_probabilities: Tensor, weighted: bool) -> Tensor:
    if weighted:
        return log_probabilities.softmax(-1)
    # A structure with a forbidden part is none, whatever its score.
    exist = (log_probabilities > log_probabilities[:, :1] + FORBIDDEN / 2).to(log_probabilities.dtype)
    return exist / exist.sum(-1, keepdim=True)


def _of_rank(structures: Any, rank: int, weights: Tensor) -> Any:
    """That of each sentence; the best one where there is none, because nothing is no structure."""
    missing = (weights[:, rank] == 0).unsqueeze(1)
    return _mapped(lambda part: torch.where(missing, part[:, 0], part[:, rank]), structures)


def _mapped(function: Callable[..., Tensor], *structures: Any) -> Any:
    """The same of tensors, or of each tensor of named tuples."""
    first = structures[0]
    if isinstance(first, Tensor):
        return function(*structures)
    return type(first)(*(None if parts[0] is None else function(*parts) for parts in zip(*structures)))
