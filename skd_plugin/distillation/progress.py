"""How far training is: derived from the trainer's own counters, so it needs no state of its own and survives `-r`."""

import math
from typing import NamedTuple

from allennlp.training import GradientDescentTrainer


class Moment(NamedTuple):
    """
    How far training is, from 0 to 1.

    batch : counted by batches: 0 before the first, 1 after the last; by epochs only if the data loader knows no length
    epoch : counted by finished epochs, so the same at all batches of an epoch
    """

    batch: float
    epoch: float


BEGINNING = Moment(0.0, 0.0)


class Progress:
    """The moment at which a trainer is."""

    def __init__(self, trainer: GradientDescentTrainer) -> None:
        self._trainer = trainer
        # Once: some samplers draw random numbers to count their batches.
        self._steps = _steps_in_an_epoch(trainer)

    def __call__(self) -> Moment:
        trainer = self._trainer
        within_epoch = min(1.0, trainer._batches_in_epoch_completed / self._steps)
        finished, epochs = trainer._epochs_completed, max(1, trainer._num_epochs)
        return Moment(min(1.0, (finished + within_epoch) / epochs), min(1.0, finished / epochs))


def _steps_in_an_epoch(trainer: GradientDescentTrainer) -> float:
    try:
        return max(1, math.ceil(len(trainer.data_loader) / trainer._num_gradient_accumulation_steps))
    except TypeError:  # a lazy data loader
        return math.inf
