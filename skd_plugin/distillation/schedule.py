"""Schedules: λ and the temperature as functions of training progress, so that `-r` finds them where they were."""

import math
from abc import ABC, abstractmethod
from typing import Any, final

from allennlp.common import Registrable
from allennlp.common.checks import ConfigurationError


class Schedule(Registrable, ABC):
    """A number for each progress from 0 (first batch) to 1 (after the last)."""

    default_implementation = "constant"

    @classmethod
    def from_params(cls, params: Any, *args: Any, **extras: Any) -> "Schedule":
        """A number stands for a constant. (A `Union` in the signature would hide the message of a schedule's error.)"""
        if isinstance(params, (int, float)):
            return ConstantSchedule(params)
        return super().from_params(params, *args, **extras)

    @abstractmethod
    def __call__(self, progress: float) -> float: ...


@final
@Schedule.register("constant")
class ConstantSchedule(Schedule):
    """Registered as a `Schedule` with name "constant"."""

    def __init__(self, value: float) -> None:
        self.value = value

    def __call__(self, progress: float) -> float:
        return self.value


@final
@Schedule.register("linear")
class LinearSchedule(Schedule):
    """
    From `start` to `end` in a straight line, reached when the fraction `until` of training is over; `end` after that.

    With the defaults this is teacher annealing (Clark et al. 2019), as in Wang et al. 2021. Registered as a `Schedule`
    with name "linear".
    """

    def __init__(self, start: float = 1.0, end: float = 0.0, until: float = 1.0) -> None:
        self.start, self.end, self.until = start, end, _fraction(until)

    def __call__(self, progress: float) -> float:
        return self.start + (self.end - self.start) * min(1.0, progress / self.until)


@final
@Schedule.register("cosine")
class CosineSchedule(Schedule):
    """The same path as `linear`, slow at both ends. Registered as a `Schedule` with name "cosine"."""

    def __init__(self, start: float = 1.0, end: float = 0.0, until: float = 1.0) -> None:
        self.start, self.end, self.until = start, end, _fraction(until)

    def __call__(self, progress: float) -> float:
        covered = 0.5 - 0.5 * math.cos(math.pi * min(1.0, progress / self.until))
        return self.start + (self.end - self.start) * covered


def _fraction(until: float) -> float:
    if not 0 < until <= 1:
        raise ConfigurationError(f"`until` is {until}, expected a fraction of training: above 0, at most 1.")
    return until
