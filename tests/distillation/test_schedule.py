"""The values of schedules, and the options that they refuse."""

import pytest
from allennlp.common import FromParams, Params
from allennlp.common.checks import ConfigurationError

from skd_plugin.distillation import ConstantSchedule, CosineSchedule, LinearSchedule, Schedule, StepwiseSchedule
from skd_plugin.distillation.progress import Moment


class Holder(FromParams):
    def __init__(self, schedule: Schedule) -> None:
        self.schedule = schedule


# Of four epochs: in the first, and at the beginning of each of three, and after the last.
MOMENTS = [Moment(*pair) for pair in [(0.0, 0.0), (0.2, 0.0), (0.25, 0.25), (0.5, 0.5), (1.0, 0.75)]]


@pytest.mark.parametrize(
    "schedule, values",
    [
        (ConstantSchedule(0.3), (0.3, 0.3, 0.3, 0.3, 0.3)),
        (LinearSchedule(), (1.0, 0.8, 0.75, 0.5, 0.0)),
        (LinearSchedule(0.2, 1.0, until=0.5), (0.2, 0.52, 0.6, 1.0, 1.0)),
        (LinearSchedule(by="epoch"), (1.0, 1.0, 0.75, 0.5, 0.25)),
        (CosineSchedule(), (1.0, 0.9045084971874737, 0.5 + 0.5**1.5, 0.5, 0.0)),
        (CosineSchedule(4.0, 2.0, until=0.5), (4.0, 3.3090169943749475, 3.0, 2.0, 2.0)),
        (CosineSchedule(by="epoch"), (1.0, 1.0, 0.5 + 0.5**1.5, 0.5, 0.5 - 0.5**1.5)),
        (StepwiseSchedule([1.0, 0.5, 0.0], [0.25, 0.6]), (1.0, 1.0, 0.5, 0.5, 0.0)),
        (StepwiseSchedule([2.0, 4.0], [0.2], by="epoch"), (2.0, 2.0, 4.0, 4.0, 4.0)),
        (StepwiseSchedule([2.0], []), (2.0, 2.0, 2.0, 2.0, 2.0)),
    ],
)
def test_values(schedule, values):
    assert [schedule(moment) for moment in MOMENTS] == pytest.approx(values)
    assert all(min(schedule.extremes) <= value <= max(schedule.extremes) for value in values)


@pytest.mark.parametrize("schedule", [LinearSchedule, CosineSchedule])
@pytest.mark.parametrize("until", [0, -0.5, 1.5, float("nan")])
def test_an_end_outside_of_training_is_refused(schedule, until):
    with pytest.raises(ConfigurationError, match="`until` is .*, expected a fraction of training: above 0, at most 1"):
        schedule(until=until)


@pytest.mark.parametrize(
    "schedule", [LinearSchedule, CosineSchedule, lambda by: StepwiseSchedule([1.0, 0.0], [0.5], by)]
)
def test_an_unknown_way_of_counting_is_refused(schedule):
    with pytest.raises(ConfigurationError, match="`by` is 'step', expected 'batch' or 'epoch'"):
        schedule(by="step")


@pytest.mark.parametrize("values, at", [([1.0], [0.5]), ([1.0, 0.5, 0.0], [0.5]), ([], [])])
def test_steps_need_one_value_more_than_moments(values, at):
    message = f"{len(values)} `values` and {len(at)} moments in `at` were given, expected one value more than moments"
    with pytest.raises(ConfigurationError, match=message):
        StepwiseSchedule(values, at)


@pytest.mark.parametrize("at", [[0.6, 0.3], [0.5, 0.5], [0.0, 0.5], [0.5, 1.0], [-1.0, 0.5], [0.5, float("nan")]])
def test_moments_of_steps_increase_within_training(at):
    with pytest.raises(ConfigurationError, match="`at` is .*, expected fractions of training that increase, between"):
        StepwiseSchedule([1.0, 0.5, 0.0], at)


@pytest.mark.parametrize(
    "config, at_half",
    [
        ({"type": "constant", "value": 0.4}, 0.4),
        ({"value": 0.4}, 0.4),
        ("linear", 0.5),
        (2, 2),
        (0.4, 0.4),
        ({"type": "linear", "until": 0.5}, 0.0),
        ({"type": "linear", "by": "epoch"}, 0.75),
        ({"type": "cosine", "end": 0.5}, 0.75),
        ({"type": "stepwise", "values": [1, 0.5, 0], "at": [0.3, 0.6]}, 0.5),
        ({"type": "stepwise", "values": [1, 0.5], "at": [0.3], "by": "epoch"}, 1.0),
    ],
)
def test_from_a_configuration(config, at_half):
    schedule = Holder.from_params(Params({"schedule": config})).schedule
    assert schedule(Moment(batch=0.5, epoch=0.25)) == pytest.approx(at_half)
