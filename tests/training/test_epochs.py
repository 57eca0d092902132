"""What data loaders are told at the beginning of each epoch."""

from types import SimpleNamespace

import pytest

from skd_plugin.training.epochs import set_epochs_during


class Loader:
    """Records what it is told."""

    def __init__(self):
        self.told = []

    def __len__(self):
        return 7

    def set_epoch(self, epoch, done=0):
        self.told.append((epoch, done))


def trainer(training, validation, epochs_completed, steps_completed):
    return SimpleNamespace(
        data_loader=training,
        _validation_data_loader=validation,
        _train_epoch=lambda epoch: {"epoch": epoch},
        _start_after_epochs_completed=epochs_completed,
        _start_after_batches_in_epoch_completed=steps_completed,
        _num_gradient_accumulation_steps=3,
    )


@pytest.mark.parametrize("epochs, steps, done", [(0, 0, [0, 0, 0]), (2, 0, [7, 7, 0]), (1, 2, [7, 6, 0])])
def test_batches_that_are_done_are_counted(epochs, steps, done):
    training, validation = Loader(), Loader()
    resumed = trainer(training, validation, epochs, steps)
    set_epochs_during(resumed)
    assert [resumed._train_epoch(epoch) for epoch in range(3)] == [{"epoch": epoch} for epoch in range(3)]
    assert training.told == list(enumerate(done))
    assert validation.told == [(0, 0), (1, 0), (2, 0)]


def test_either_loader_may_be_another_one():
    for training, validation in ([], Loader()), (Loader(), None):
        told = next(loader.told for loader in (training, validation) if isinstance(loader, Loader))
        one = trainer(training, validation, 0, 0)
        set_epochs_during(one)
        one._train_epoch(4)
        assert told == [(4, 0)]


def test_without_such_loaders_the_trainer_stays_as_it_is():
    one = trainer([], None, 0, 0)
    before = one._train_epoch
    set_epochs_during(one)
    assert one._train_epoch is before
