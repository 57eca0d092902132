"""Schedules: λ and the temperature as functions of training progress, so that `-r` finds them where they were."""

import math
from abc import ABC, abstractmethod
from typing import Any, List, Literal, Sequence, final

from allennlp.common import Registrable
from allennlp.common.checks import ConfigurationError

from skd_plugin.compat.configuration import check_option
from skd_plugin.distillation.progress import Moment

CountedBy = Literal["batch", "epoch"]
"""What progress is counted by: the fields of a `Moment`."""


class Schedule(Registrable, ABC):
    """A number for each moment of training."""

    default_implementation = "constant"

    @classmethod
    def from_params(cls, params: Any, *args: Any, **extras: Any) -> "Schedule":
        """A number stands for a constant. (A `Union` in the signature would hide the message of a schedule's error.)"""
        if isinstance(params, (int, float)):
            return ConstantSchedule(params)
        return super().from_params(params, *args, **extras)

    @abstractmethod
    def __call__(self, moment: Moment) -> float: ...

    @property
    @abstractmethod
    def extremes(self) -> Sequence[float]:
        """Values that all others lie between."""


@final
@Schedule.register("constant")
class ConstantSchedule(Schedule):
    """Registered as a `Schedule` with name "constant"."""

    def __init__(self, value: float) -> None:
        self.value = value

    def __call__(self, moment: Moment) -> float:
        return self.value

    @property
    def extremes(self) -> Sequence[float]:
        return [self.value]


class ChangingSchedule(Schedule, ABC):
    """
    The shared part of those that change: `by` is "batch", or "epoch" to keep a value through each epoch.

    By epoch, progress is the number of finished epochs over that of all: it is 0 in the first epoch, and not yet 1 in
    the last, so that a schedule does not reach its end.
    """

    def __init__(self, by: str) -> None:
        check_option("by", by, CountedBy)
        self.by = by

    def __call__(self, moment: Moment) -> float:
        return self.at_progress(getattr(moment, self.by))

    @abstractmethod
    def at_progress(self, progress: float) -> float:
        """The value at a progress from 0 to 1."""


class PathSchedule(ChangingSchedule, ABC):
    """From `start` to `end`, reached when the fraction `until` of training is over; `end` after that."""

    def __init__(self, start: float = 1.0, end: float = 0.0, until: float = 1.0, by: str = "batch") -> None:
        super().__init__(by)
        if not 0 < until <= 1:
            raise ConfigurationError(f"`until` is {until}, expected a fraction of training: above 0, at most 1.")
        self.start, self.end, self.until = start, end, until

    def at_progress(self, progress: float) -> float:
        return self.start + (self.end - self.start) * self.covered(min(1.0, progress / self.until))

    @abstractmethod
    def covered(self, time: float) -> float:
        """How much of the path is behind at a time from 0 to 1."""

    @property
    def extremes(self) -> Sequence[float]:
        return [self.start, self.end]


@final
@Schedule.register("linear")
class LinearSchedule(PathSchedule):
    """
    In a straight line. With the defaults this is teacher annealing (Clark et al. 2019), as in Wang et al. 2021.

    Registered as a `Schedule` with name "linear".
    """

    def covered(self, time: float) -> float:
        return time


@final
@Schedule.register("cosine")
class CosineSchedule(PathSchedule):
    """The same path as `linear`, slow at both ends. Registered as a `Schedule` with name "cosine"."""

    def covered(self, time: float) -> float:
        return 0.5 - 0.5 * math.cos(math.pi * time)


@final
@Schedule.register("stepwise")
class StepwiseSchedule(ChangingSchedule):
    """
    The next of `values` at each progress in `at`. Registered as a `Schedule` with name "stepwise".

    # Parameters

    values : `List[float]`
        The value at the beginning, and one for each step.
    at : `List[float]`
        Fractions of training, increasing, above 0 and below 1.
    by : `str`, optional (default = `"batch"`)
    """

    def __init__(self, values: List[float], at: List[float], by: str = "batch") -> None:
        super().__init__(by)
        if len(values) != len(at) + 1:
            raise ConfigurationError(
                f"{len(values)} `values` and {len(at)} moments in `at` were given, expected one value more: the first "
                "holds from the beginning, each other one from its moment on."
            )
        if not all(before < after for before, after in zip([0.0, *at], [*at, 1.0])):
            raise ConfigurationError(f"`at` is {at}, expected fractions of training that increase, between 0 and 1.")
        self.values, self.at = values, at

    def at_progress(self, progress: float) -> float:
        return self.values[sum(progress >= moment for moment in self.at)]

    @property
    def extremes(self) -> Sequence[float]:
        return self.values
