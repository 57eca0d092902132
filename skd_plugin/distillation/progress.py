"""How far training is: derived from the trainer's own counters, so it needs no state of its own and survives `-r`."""

import math

from allennlp.training import GradientDescentTrainer


class Progress:
    """From 0, before the first batch, to 1, after the last; within an epoch only if the data loader knows its length."""

    def __init__(self, trainer: GradientDescentTrainer) -> None:
        self._trainer = trainer

    def __call__(self) -> float:
        trainer = self._trainer
        epochs = trainer._epochs_completed + self._within_epoch()
        return min(1.0, epochs / max(1, trainer._num_epochs))

    def _within_epoch(self) -> float:
        trainer = self._trainer
        try:
            steps = math.ceil(len(trainer.data_loader) / trainer._num_gradient_accumulation_steps)
        except TypeError:
            return 0.0
        return min(1.0, trainer._batches_in_epoch_completed / max(1, steps))
