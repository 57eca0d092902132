"""The four things that are timed, and how an implementation's result is judged before it is timed."""

from dataclasses import dataclass
from typing import Any, Callable, Sequence

import numpy as np
import torch

from benchmarks import reference
from benchmarks.problems import Problem

Step = Callable[[], Any]  # one call of an implementation; returns arrays of its own library

_TOLERANCE = 2e-3  # relative; loose, because log-domain float32 loses three digits on long sentences


@dataclass(frozen=True)
class Workload:
    """`name` is the method that every implementation has; `judge` returns the error of a result."""

    name: str
    title: str
    judge: Callable[[Problem, Sequence[Any]], float]

    def is_right(self, problem: Problem, result: Sequence[Any]) -> bool:
        """Whether a result agrees with the float64 reference."""
        return self.judge(problem, result) <= _TOLERANCE


def largest_error(result: Sequence[Any], expected: Sequence[torch.Tensor]) -> float:
    """The largest difference, relative to the largest number of each array (at least 1); NaN counts as infinite."""
    errors = [
        np.abs(np.asarray(found) - wanted).max() / max(1.0, np.abs(wanted).max())
        for found, wanted in zip(result, (tensor.numpy() for tensor in expected), strict=True)
    ]
    return float(np.nan_to_num(np.max(errors), nan=np.inf))


def _against(expected: Callable[[Problem], Sequence[torch.Tensor]]) -> Callable[[Problem, Sequence[Any]], float]:
    return lambda problem, result: largest_error(result, expected(problem))


def _shortfall(problem: Problem, result: Sequence[Any]) -> float:
    """How far the decoded sequences' scores fall short of the best ones (the sequences may differ in a tie)."""
    chain, mask = problem.student.double(), problem.mask
    labels = torch.zeros_like(problem.gold)
    for row, found, length in zip(labels, result, problem.lengths.tolist(), strict=True):
        row[:length] = torch.tensor(np.asarray(found))[:length]
    with torch.no_grad():
        best = reference.best_score(chain, mask)
        return float(((best - reference.score(chain, labels, mask)) / best.abs().clamp(min=1)).max())


WORKLOADS = (
    Workload(
        "distillation",
        "Chain distillation: teacher's marginals, cross-entropy, gradient to the student",
        _against(reference.distillation),
    ),
    Workload(
        "likelihood",
        "Negative log likelihood of gold labels and its gradient",
        _against(reference.likelihood),
    ),
    Workload(
        "token_marginals",
        "Token marginals of a chain teacher for a MaxEnt student (case 2a)",
        _against(reference.token_marginals),
    ),
    Workload("decoding", "Viterbi decoding", _shortfall),
)
