"""How far training is. It follows from the trainer's own counters, so a resumed run (`-r`) needs no state for it."""

import math
from typing import NamedTuple

from allennlp.data import DataLoader
from allennlp.nn.util import dist_reduce
from allennlp.training import GradientDescentTrainer
from torch.distributed import ReduceOp


class Moment(NamedTuple):
    """
    The progress of training as a fraction from 0 to 1, counted in two ways.

    batch : by batches: 0 at the first of all, 1 after the last; with S steps in each of E epochs, 1 − 1 / (S · E) at
        the last
    epoch : by finished epochs, so that it is the same at all batches of an epoch
    """

    batch: float
    epoch: float


BEGINNING = Moment(0.0, 0.0)


class Progress:
    """
    Tells the current moment of a trainer.

    The steps of an epoch are counted once, before training. A lazy data loader does not know its length, so all its
    batches are read for that. If an epoch has more steps than were counted, because a sampler or a reader draws at
    random, the surplus is at the end of its epoch; if it has fewer, its end is skipped.
    """

    def __init__(self, trainer: GradientDescentTrainer) -> None:
        """In a distributed run, all processes have to call this together."""
        self._trainer = trainer
        # An epoch ends in all processes when the first of them has no more batches.
        batches = dist_reduce(_batches_per_epoch(trainer.data_loader), ReduceOp.MIN)
        self._steps_per_epoch = max(1, math.ceil(batches / trainer._num_gradient_accumulation_steps))

    def __call__(self) -> Moment:
        finished, epochs = self._trainer._epochs_completed, max(1, self._trainer._num_epochs)
        within_epoch = min(1.0, self._trainer._batches_in_epoch_completed / self._steps_per_epoch)
        return Moment(min(1.0, (finished + within_epoch) / epochs), min(1.0, finished / epochs))


def _batches_per_epoch(data_loader: DataLoader) -> int:
    try:
        return len(data_loader)
    except TypeError:
        return sum(1 for _ in data_loader)
