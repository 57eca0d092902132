"""How far training is. It follows from the trainer's own counters, so a resumed run (`-r`) needs no state for it."""

import math
from typing import NamedTuple

from allennlp.training import GradientDescentTrainer


class Moment(NamedTuple):
    """
    The progress of training as a fraction from 0 to 1, counted in two ways.

    batch : by batches: 0 before the first, 1 after the last; like `epoch` if the data loader does not know its length
    epoch : by finished epochs, so that it is the same at all batches of an epoch
    """

    batch: float
    epoch: float


BEGINNING = Moment(0.0, 0.0)


class Progress:
    """Tells the current moment of a trainer."""

    def __init__(self, trainer: GradientDescentTrainer) -> None:
        self._trainer = trainer
        # Counted once, because some samplers draw random numbers to count their batches.
        self._steps_per_epoch = _steps_per_epoch(trainer)

    def __call__(self) -> Moment:
        finished, epochs = self._trainer._epochs_completed, max(1, self._trainer._num_epochs)
        within_epoch = min(1.0, self._trainer._batches_in_epoch_completed / self._steps_per_epoch)
        return Moment(min(1.0, (finished + within_epoch) / epochs), min(1.0, finished / epochs))


def _steps_per_epoch(trainer: GradientDescentTrainer) -> float:
    try:
        return max(1, math.ceil(len(trainer.data_loader) / trainer._num_gradient_accumulation_steps))
    except TypeError:  # a lazy data loader has no length
        return math.inf
