"""The learning rate scheduler `skd_linear_with_warmup`, whose warm-up is a share of the training."""

from typing import Optional, final

import torch
from allennlp.common.checks import ConfigurationError
from allennlp.training.learning_rate_schedulers import LearningRateScheduler
from allennlp.training.learning_rate_schedulers.linear_with_warmup import LinearWithWarmup


@final
@LearningRateScheduler.register("skd_linear_with_warmup")
class LinearWithRelativeWarmup(LinearWithWarmup):
    """
    The learning rate increases linearly during the warm-up, and then decreases linearly to zero.

    AllenNLP's `linear_with_warmup` does so too, with a number of steps that a small training may never reach.

    Registered as a `LearningRateScheduler` with name "skd_linear_with_warmup".

    # Parameters

    warmup : `float`, optional (default = `0.1`)
        The share of all steps in which the learning rate increases: at least 0, less than 1.
    """

    def __init__(
        self,
        optimizer: torch.optim.Optimizer,
        num_epochs: int,
        num_steps_per_epoch: Optional[int] = None,
        warmup: float = 0.1,
        last_epoch: int = -1,
    ) -> None:
        if not 0 <= warmup < 1:
            raise ConfigurationError(
                f"The `warmup` of the learning rate is {warmup}, expected a share of the training: at least 0, less "
                "than 1. For a number of steps use the scheduler `linear_with_warmup`, with its `warmup_steps`."
            )
        if num_steps_per_epoch is None:
            raise ConfigurationError(
                "The number of steps in an epoch is not known, because the data are read lazily, and this learning "
                "rate scheduler needs it. Add `batches_per_epoch` to the `data_loader`, leave out its "
                "`max_instances_in_memory`, or use the data loader `skd_streaming`, which knows it."
            )
        steps = round(warmup * num_epochs * num_steps_per_epoch)
        super().__init__(optimizer, num_epochs, num_steps_per_epoch, steps, last_epoch)
