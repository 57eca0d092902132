"""How far training is: derived from the trainer's own counters, so it needs no state of its own and survives `-r`."""

import math

from allennlp.training import GradientDescentTrainer


class Progress:
    """From 0, before the first batch, to 1, after the last; by epochs only if the data loader knows no length."""

    def __init__(self, trainer: GradientDescentTrainer) -> None:
        self._trainer = trainer
        # Once: some samplers draw random numbers to count their batches.
        self._steps = _steps_in_an_epoch(trainer)

    def __call__(self) -> float:
        trainer = self._trainer
        within_epoch = min(1.0, trainer._batches_in_epoch_completed / self._steps)
        return min(1.0, (trainer._epochs_completed + within_epoch) / max(1, trainer._num_epochs))


def _steps_in_an_epoch(trainer: GradientDescentTrainer) -> float:
    try:
        return max(1, math.ceil(len(trainer.data_loader) / trainer._num_gradient_accumulation_steps))
    except TypeError:  # a lazy data loader
        return math.inf
