"""A thing that is timed, and how an implementation's result is judged before it is timed."""

from dataclasses import dataclass
from typing import Any, Callable, Hashable, Sequence

import numpy as np
import torch

Step = Callable[[], Any]  # one call of an implementation; returns arrays of its own library
Judge = Callable[[Any, Any], float]  # the error of a result, given the problem


@dataclass(frozen=True)
class Workload:
    """
    `problem` makes the input from a size, a seed and the number of sentences; `method` is the one that prepares the
    step, in the adapters that can do it. The report says `note` below the title.
    """

    name: str
    title: str
    method: str
    sizes: Sequence[Hashable]
    problem: Callable[[Any, int, int], Any]
    judge: Judge
    note: str = ""
    tolerance: float = 2e-3  # relative; loose, because log-domain float32 loses three digits on long sentences

    def is_right(self, problem: Any, result: Any) -> bool:
        """Whether a result agrees with the float64 reference."""
        return self.judge(problem, result) <= self.tolerance


def largest_error(result: Sequence[Any], expected: Sequence[torch.Tensor]) -> float:
    """The largest difference, relative to the largest number of each array (at least 1); NaN counts as infinite."""
    errors = [
        np.abs(np.asarray(found) - wanted).max() / max(1.0, np.abs(wanted).max())
        for found, wanted in zip(result, (tensor.numpy() for tensor in expected), strict=True)
    ]
    return float(np.nan_to_num(np.max(errors), nan=np.inf))


def against(expected: Callable[[Any], Sequence[torch.Tensor]]) -> Judge:
    """The judge that compares with the reference's own result."""
    return lambda problem, result: largest_error(result, expected(problem))
