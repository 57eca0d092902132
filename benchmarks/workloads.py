"""The four things that are timed of chains."""

from typing import Any, Sequence

import numpy as np
import torch

from benchmarks import reference
from benchmarks.problems import Problem, Size, random_problem
from benchmarks.workload import Judge, Workload, against

SIZES = tuple(Size(n, labels) for n in (25, 100, 400) for labels in (9, 17, 37))


def _shortfall(problem: Problem, result: Sequence[Any]) -> float:
    """How far the decoded sequences' scores fall short of the best ones (the sequences may differ in a tie)."""
    chain, mask = problem.student.double(), problem.mask
    labels = torch.zeros_like(problem.gold)
    for row, found, length in zip(labels, result, problem.lengths.tolist(), strict=True):
        row[:length] = torch.tensor(np.asarray(found))[:length]
    with torch.no_grad():
        best = reference.best_score(chain, mask)
        return float(((best - reference.score(chain, labels, mask)) / best.abs().clamp(min=1)).max())


def _workload(name: str, title: str, judge: Judge) -> Workload:
    return Workload(name, title, name, SIZES, random_problem, judge)


WORKLOADS = (
    _workload(
        "distillation",
        "Chain distillation: teacher's marginals, cross-entropy, gradient to the student",
        against(reference.distillation),
    ),
    _workload(
        "likelihood",
        "Negative log likelihood of gold labels and its gradient",
        against(reference.likelihood),
    ),
    _workload(
        "token_marginals",
        "Token marginals of a chain teacher for a MaxEnt student (case 2a)",
        against(reference.token_marginals),
    ),
    _workload("decoding", "Viterbi decoding", _shortfall),
)
