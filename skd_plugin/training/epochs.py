"""Data loaders that find any epoch by its number, and what they are told about it."""

from typing import Dict, Protocol, runtime_checkable

from allennlp.training import GradientDescentTrainer


@runtime_checkable
class FindsEpochs(Protocol):
    """A data loader, such as `skd_streaming`, whose order of batches follows from the number of the epoch."""

    def set_epoch(self, epoch: int, done: int = 0) -> None:
        """
        Says which epoch is the next one, and how many of its batches are done, so that they need not be made. In their
        place come empty ones.
        """

    def __len__(self) -> int: ...


def set_epochs_during(trainer: GradientDescentTrainer) -> None:
    """
    Tells the data loaders of a trainer the number of each epoch. To be called when the trainer starts.

    A resumed trainer begins at the first epoch, and skips the batches that are done.
    """
    training, validation = trainer.data_loader, trainer._validation_data_loader
    if not isinstance(training, FindsEpochs) and not isinstance(validation, FindsEpochs):
        return
    train_epoch = trainer._train_epoch

    def set_and_train(epoch: int) -> Dict[str, float]:
        if isinstance(training, FindsEpochs):
            training.set_epoch(epoch, _batches_done(trainer, epoch, len(training)))
        if isinstance(validation, FindsEpochs):
            validation.set_epoch(epoch)
        return train_epoch(epoch)

    # The trainer calls no callback at the beginning of an epoch.
    trainer._train_epoch = set_and_train  # type: ignore[method-assign]


def _batches_done(trainer: GradientDescentTrainer, epoch: int, batches_per_epoch: int) -> int:
    """How many batches of the epoch the trainer is going to skip."""
    if epoch < trainer._start_after_epochs_completed:
        return batches_per_epoch
    if epoch > trainer._start_after_epochs_completed:
        return 0
    # The trainer counts steps.
    return trainer._start_after_batches_in_epoch_completed * trainer._num_gradient_accumulation_steps
