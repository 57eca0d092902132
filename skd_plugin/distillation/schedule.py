"""
Schedules of λ and of the temperature.

They are functions of the progress of training and have no state, so a resumed run (`-r`) continues with the right
values.
"""

import math
from abc import ABC, abstractmethod
from typing import Any, List, Literal, Sequence, final

from allennlp.common import Registrable
from allennlp.common.checks import ConfigurationError

from skd_plugin.compat.configuration import check_option
from skd_plugin.compat.options import CheckedOptions
from skd_plugin.distillation.progress import Moment

CountedBy = Literal["batch", "epoch"]
"""What progress is counted by: the fields of a `Moment`."""


class Schedule(CheckedOptions, Registrable, ABC):
    """A number for each moment of training."""

    default_implementation = "constant"
    accepts_number = True

    @classmethod
    def from_params(cls, params: Any, *args: Any, **extras: Any) -> "Schedule":
        """
        Accepts a number in place of a schedule, for a constant.

        With a `Union` of the two as annotation, AllenNLP would hide the error messages of the schedules.
        """
        if isinstance(params, (int, float)) and not isinstance(params, bool):
            return ConstantSchedule(params)
        schedule: Schedule = super().from_params(params, *args, **extras)
        return schedule

    @abstractmethod
    def __call__(self, moment: Moment) -> float:
        """The value at a moment of training."""

    @property
    @abstractmethod
    def extremes(self) -> Sequence[float]:
        """Values of the schedule between which all others lie."""


@final
@Schedule.register("constant")
class ConstantSchedule(Schedule):
    """The same value throughout. Registered as a `Schedule` with name "constant"."""

    def __init__(self, value: float) -> None:
        self.value = value

    def __call__(self, moment: Moment) -> float:
        return self.value

    @property
    def extremes(self) -> Sequence[float]:
        return [self.value]


class ChangingSchedule(Schedule, ABC):
    """
    A schedule whose value changes with every batch (`by` is "batch"), or only between epochs ("epoch").

    By epoch, progress is the number of finished epochs divided by the number of all epochs. It is 0 in the first epoch
    and still below 1 in the last one, so a schedule by epoch does not reach its end.
    """

    def __init__(self, by: CountedBy) -> None:
        check_option("by", by, CountedBy)
        self.by = by

    def __call__(self, moment: Moment) -> float:
        return self.at_progress(getattr(moment, self.by))

    @abstractmethod
    def at_progress(self, progress: float) -> float:
        """The value at a progress from 0 to 1."""


class RampSchedule(ChangingSchedule, ABC):
    """
    From `start` to `end`, which is reached when the fraction `until` of training is over and kept after that.

    # Parameters

    start : `float`, optional (default = `1.0`)
    end : `float`, optional (default = `0.0`)
    until : `float`, optional (default = `1.0`)
    by : `str`, optional (default = `"batch"`)
        "batch", or "epoch" to keep the value through each epoch.
    """

    def __init__(self, start: float = 1.0, end: float = 0.0, until: float = 1.0, by: CountedBy = "batch") -> None:
        super().__init__(by)
        if not 0 < until <= 1:
            raise ConfigurationError(f"`until` is {until}, expected a fraction of training: above 0, at most 1.")
        self.start, self.end, self.until = start, end, until

    def at_progress(self, progress: float) -> float:
        return self.start + (self.end - self.start) * self.shape(min(1.0, progress / self.until))

    @abstractmethod
    def shape(self, fraction: float) -> float:
        """What part of the way from `start` to `end` is done when a fraction of the time has passed, both in [0, 1]."""

    @property
    def extremes(self) -> Sequence[float]:
        return [self.start, self.end]


@final
@Schedule.register("linear")
class LinearSchedule(RampSchedule):
    """
    From `start` to `end` in a straight line. With the defaults, λ follows the teacher annealing of Clark et al. (2019),
    as in Wang et al. (2021).

    Registered as a `Schedule` with name "linear".
    """

    def shape(self, fraction: float) -> float:
        return fraction


@final
@Schedule.register("cosine")
class CosineSchedule(RampSchedule):
    """
    From `start` to `end` along half a period of the cosine, which changes slowly at both ends.

    Registered as a `Schedule` with name "cosine".
    """

    def shape(self, fraction: float) -> float:
        return 0.5 - 0.5 * math.cos(math.pi * fraction)


@final
@Schedule.register("stepwise")
class StepwiseSchedule(ChangingSchedule):
    """
    Constant between the moments `at`; at each of them it goes on to the next of `values`.

    Registered as a `Schedule` with name "stepwise".

    # Parameters

    values : `List[float]`
        The value at the beginning, and the value from each moment on.
    at : `List[float]`
        Fractions of training, increasing, above 0 and below 1.
    by : `str`, optional (default = `"batch"`)
        "batch", or "epoch" to change the value between epochs only.
    """

    def __init__(self, values: List[float], at: List[float], by: CountedBy = "batch") -> None:
        super().__init__(by)
        if len(values) != len(at) + 1:
            raise ConfigurationError(
                f"{len(values)} `values` and {len(at)} moments in `at` were given, expected one value more than "
                "moments: the first holds from the beginning, each of the others from its moment on."
            )
        if not all(before < after for before, after in zip([0.0, *at], [*at, 1.0])):
            raise ConfigurationError(f"`at` is {at}, expected fractions of training that increase, between 0 and 1.")
        self.values, self.at = values, at

    def at_progress(self, progress: float) -> float:
        return self.values[sum(progress >= moment for moment in self.at)]

    @property
    def extremes(self) -> Sequence[float]:
        return self.values
