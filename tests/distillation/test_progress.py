"""Progress goes from 0 to 1, by batches if the data loader knows how many there are, otherwise by epochs."""

import random

import pytest
from allennlp.training import TrainerCallback

from skd_plugin.distillation.progress import Moment, Progress
from tests.distillation.runs import prepare

NO_SCHEDULER = {"trainer.learning_rate_scheduler": None, "trainer.num_epochs": 2}
LAZY = {"batch_size": 4, "max_instances_in_memory": 8}


class Watch(TrainerCallback):
    """Records the progress at each batch, before the trainer counts the batch as done."""

    def __init__(self):
        self.seen = []

    def on_start(self, trainer, **kwargs):
        self.progress = Progress(trainer)

    def on_backward(self, *args):
        self.seen.append(self.progress())
        return False

    def on_end(self, *args, **kwargs):
        self.seen.append(self.progress())


@pytest.mark.parametrize(
    "changes, expected",
    [
        ({"data_loader": {"batch_size": 4}}, [0, 1 / 6, 2 / 6, 3 / 6, 4 / 6, 5 / 6, 1]),
        (
            {"data_loader": {"batch_size": 3}, "trainer.num_gradient_accumulation_steps": 2},
            [0, 0, 1 / 4, 1 / 4, 2 / 4, 2 / 4, 3 / 4, 3 / 4, 1],
        ),
        ({"data_loader": LAZY}, [0, 0, 0, 1 / 2, 1 / 2, 1 / 2, 1]),
    ],
    ids=["batches", "accumulated", "lazy"],
)
def test_the_progress_at_each_batch(tmp_path, changes, expected):
    trainer = prepare("tagger", tmp_path, NO_SCHEDULER | changes).trainer
    watch = Watch()
    trainer._callbacks.append(watch)
    trainer.train()
    assert [moment.batch for moment in watch.seen] == pytest.approx(expected)
    half = len(expected) // 2
    assert [moment.epoch for moment in watch.seen] == [0.0] * half + [0.5] * half + [1.0]


def test_asking_draws_no_random_numbers(tmp_path):
    sampler = {"type": "max_tokens_sampler", "max_tokens": 40}
    trainer = prepare("tagger", tmp_path, {"data_loader.batch_sampler": sampler}).trainer
    progress = Progress(trainer)
    state = random.getstate()
    assert progress() == Moment(0, 0)
    assert random.getstate() == state
