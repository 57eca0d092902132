"""Schedules: their values, and what they refuse."""

import pytest
from allennlp.common import FromParams, Params
from allennlp.common.checks import ConfigurationError

from skd_plugin.distillation import ConstantSchedule, CosineSchedule, LinearSchedule, Schedule


class Holder(FromParams):
    def __init__(self, schedule: Schedule) -> None:
        self.schedule = schedule


MOMENTS = (0.0, 0.25, 0.5, 1.0)


@pytest.mark.parametrize(
    "schedule, values",
    [
        (ConstantSchedule(0.3), (0.3, 0.3, 0.3, 0.3)),
        (LinearSchedule(), (1.0, 0.75, 0.5, 0.0)),
        (LinearSchedule(0.2, 1.0, until=0.5), (0.2, 0.6, 1.0, 1.0)),
        (CosineSchedule(), (1.0, 0.5 + 0.5**1.5, 0.5, 0.0)),
        (CosineSchedule(4.0, 2.0, until=0.5), (4.0, 3.0, 2.0, 2.0)),
    ],
    ids=["constant", "linear", "linear-half", "cosine", "cosine-half"],
)
def test_values(schedule, values):
    assert [schedule(moment) for moment in MOMENTS] == pytest.approx(values)


@pytest.mark.parametrize("schedule", [LinearSchedule, CosineSchedule])
@pytest.mark.parametrize("until", [0, -0.5, 1.5, float("nan")])
def test_an_end_outside_of_training_is_refused(schedule, until):
    with pytest.raises(ConfigurationError, match="`until` is .*, expected a fraction of training: above 0, at most 1"):
        schedule(until=until)


@pytest.mark.parametrize(
    "config, at_half",
    [
        ({"type": "constant", "value": 0.4}, 0.4),
        ({"value": 0.4}, 0.4),
        ("linear", 0.5),
        (2, 2),
        (0.4, 0.4),
        ({"type": "linear", "until": 0.5}, 0.0),
        ({"type": "cosine", "end": 0.5}, 0.75),
    ],
)
def test_from_a_configuration(config, at_half):
    schedule = Holder.from_params(Params({"schedule": config})).schedule
    assert schedule(0.5) == pytest.approx(at_half)
