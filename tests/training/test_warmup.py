"""The learning rate scheduler `skd_linear_with_warmup`."""

from typing import Any, List

import pytest
import torch
from allennlp.common import Lazy, Params
from allennlp.common.checks import ConfigurationError
from allennlp.training.learning_rate_schedulers import LearningRateScheduler
from allennlp.training.learning_rate_schedulers.linear_with_warmup import LinearWithWarmup

import skd_plugin.training  # noqa: F401


def scheduler(epochs: int, steps: Any, **options: Any) -> LearningRateScheduler:
    """As the trainer makes it."""
    lazy = Lazy(LearningRateScheduler, Params({"type": "skd_linear_with_warmup", **options}))
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0)
    return lazy.construct(optimizer=optimizer, num_epochs=epochs, num_steps_per_epoch=steps)


def rates(scheduler: LearningRateScheduler, steps: int) -> List[float]:
    found = []
    for step in range(steps + 1):
        scheduler.step_batch(step)
        found.append(scheduler.optimizer.param_groups[0]["lr"])
    return found


@pytest.mark.parametrize(("epochs", "steps"), [(1, 10), (5, 2), (100, 30)])
def test_the_warm_up_is_a_share_of_any_training(epochs: int, steps: int):
    total = epochs * steps
    found = rates(scheduler(epochs, steps, warmup=0.2), total)
    assert max(range(total), key=found.__getitem__) == total // 5
    assert found[total // 5] == 1.0 and found[total // 10] == 0.5 and found[3 * total // 5] == 0.5 and found[-1] == 0


def test_it_is_that_of_allennlp_with_as_many_steps():
    ours = scheduler(4, 25)
    theirs = LinearWithWarmup(ours.optimizer, 4, 25, warmup_steps=10)
    assert rates(ours, 100) == rates(theirs, 100)


def test_a_training_of_one_step_and_one_without_a_warm_up():
    assert rates(scheduler(1, 1), 1) == [1.0, 0.0]
    assert rates(scheduler(1, 4, warmup=0), 4) == [1.0, 0.75, 0.5, 0.25, 0.0]


@pytest.mark.parametrize("warmup", [-0.1, 1, 100, float("nan")])
def test_no_share_is_refused(warmup: float):
    with pytest.raises(ConfigurationError, match=f"`warmup` .* is {warmup}, expected a share.*linear_with_warmup"):
        scheduler(1, 10, warmup=warmup)


def test_an_epoch_of_unknown_length_is_refused():
    with pytest.raises(ConfigurationError, match="Add `batches_per_epoch` to the `data_loader`"):
        scheduler(1, None)
