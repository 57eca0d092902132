"""Soft targets from the k best: the expected parts are Σ_r w_r · 1[u ∈ y_r] over a teacher's best y_1, …, y_k."""

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
    A soft target made of the teacher's k best structures instead of its distribution.

    weights : shape (batch, k), w_r, which sum to 1; 0 for the ranks that do not exist
    """

    weights: Tensor

    @property
    def entropy(self) -> Tensor:
        return entropy(self.weights)


def best_target(
    teacher: Factorization, student: Factorization, k: int, weighted: bool, policy: Policy = "error"
) -> BestTarget:
    """
    The soft target of a teacher's k best structures for a student. No gradient reaches the teacher.

    # Parameters

    k : the number of structures; sentences that have fewer teach all of them
    weighted : whether w_r ∝ P_t(y_r|x); otherwise all weights are equal

    See `target` for the other parameters and the errors.
    """
    row_of(teacher, student)
    with torch.no_grad():
        conditioned, drops = condition(teacher, student, policy)
        structures, log_probabilities = _best(conditioned, k)
        weights = _weights(log_probabilities, weighted)
        ranked = [
            translated(_select_rank(structures, r, weights), conditioned, student) for r in range(weights.shape[1])
        ]
        parts: list[Parts] = [student.indicator(y) * weights[:, r] for r, y in enumerate(ranked)]
    return BestTarget(teacher, conditioned, drops, sum(parts[1:], start=parts[0]), weights)


def _best(teacher: Factorization, k: int) -> NBest:
    """
    The k best structures. A sentence without any well-formed structure gets the output of `argmax`, which prediction
    falls back to as well.
    """
    if k == 1:
        best = _map_tensors(lambda part: part.unsqueeze(1), teacher.argmax)
        return NBest(best, torch.zeros(len(teacher.mask), 1, device=teacher.mask.device))
    n_best = teacher.n_best(k)
    has_none = n_best.log_probabilities[:, :1].isneginf()
    if not bool(has_none.any()):
        return n_best
    best = _map_tensors(lambda part: part.unsqueeze(1), teacher.argmax)
    structures = _map_tensors(lambda one, part: one.where(has_none.unsqueeze(2), part), best, n_best.structures)
    first, others = n_best.log_probabilities[:, :1], n_best.log_probabilities[:, 1:]
    return NBest(structures, torch.cat([first.masked_fill(has_none, 0.0), others], 1))


def _weights(log_probabilities: Tensor, weighted: bool) -> Tensor:
    if weighted:
        return log_probabilities.softmax(-1)
    # A structure with a forbidden part does not exist, although it has a finite score.
    exist = (log_probabilities > log_probabilities[:, :1] + FORBIDDEN / 2).to(log_probabilities.dtype)
    return exist / exist.sum(-1, keepdim=True)


def _select_rank(structures: Any, rank: int, weights: Tensor) -> Any:
    """
    The structure of this rank for each sentence. Where it does not exist, the best one stands in: its weight is 0, but
    the student's `indicator` accepts only structures.
    """
    missing = (weights[:, rank] == 0).unsqueeze(1)
    return _map_tensors(lambda part: torch.where(missing, part[:, 0], part[:, rank]), structures)


def _map_tensors(function: Callable[..., Tensor], *structures: Any) -> Any:
    """Applies a function to tensors, or field by field to named tuples of tensors and None."""
    first = structures[0]
    if isinstance(first, Tensor):
        return function(*structures)
    return type(first)(*(None if parts[0] is None else function(*parts) for parts in zip(*structures)))
