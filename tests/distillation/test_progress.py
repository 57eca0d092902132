"""Progress goes from 0 to 1, whether or not the data loader knows how many batches there are."""

import random
from types import SimpleNamespace

import pytest
from allennlp.training import TrainerCallback

from skd_plugin.distillation.progress import Moment, Progress
from tests.distillation.runs import prepare

NO_SCHEDULER = {"trainer.learning_rate_scheduler": None, "trainer.num_epochs": 2}
LAZY = {"batch_size": 4, "max_instances_in_memory": 8}
STREAMED = {"type": "skd_streaming", "batch_size": 4}


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
    "changes, steps",
    [
        ({"data_loader": {"batch_size": 4}}, 3),
        ({"data_loader": LAZY}, 3),
        ({"data_loader": LAZY | {"shuffle": True}}, 3),
        ({"data_loader": LAZY | {"num_workers": 2}}, 4),
        ({"data_loader": LAZY | {"batches_per_epoch": 2}}, 2),
        ({"data_loader": LAZY | {"batch_size": 5, "drop_last": True}}, 2),
        ({"data_loader": {"batch_sampler": {"type": "bucket", "batch_size": 4}, "max_instances_in_memory": 5}}, 5),
        ({"data_loader": STREAMED}, 3),
        ({"data_loader": STREAMED | {"batches_per_epoch": 4}}, 4),
    ],
    ids=["whole", "lazy", "shuffled", "workers", "some", "without-last", "sampler", "streamed", "streamed-some"],
)
def test_every_batch_counts_alike(tmp_path, changes, steps):
    """The training data has 12 sentences."""
    seen = moments(tmp_path, changes)
    assert [moment.batch for moment in seen] == pytest.approx([step / (2 * steps) for step in range(2 * steps + 1)])
    assert [moment.epoch for moment in seen] == [0.0] * steps + [0.5] * steps + [1.0]


@pytest.mark.parametrize("lazy", [{}, {"max_instances_in_memory": 8}], ids=["whole", "lazy"])
def test_batches_that_make_one_step_have_the_same_progress(tmp_path, lazy):
    changes = {"data_loader": {"batch_size": 3, **lazy}, "trainer.num_gradient_accumulation_steps": 2}
    expected = [0, 0, 1 / 4, 1 / 4, 2 / 4, 2 / 4, 3 / 4, 3 / 4, 1]
    assert [moment.batch for moment in moments(tmp_path, changes)] == pytest.approx(expected)


def test_an_epoch_of_a_distributed_run_ends_when_one_process_has_no_more_batches(tmp_path, monkeypatch):
    monkeypatch.setattr("skd_plugin.distillation.progress.dist_reduce", lambda ours, operation: operation([ours, 2]))
    monkeypatch.setattr("skd_plugin.distillation.progress.ReduceOp", SimpleNamespace(MIN=min))
    trainer = prepare("tagger", tmp_path, NO_SCHEDULER | {"data_loader": {"batch_size": 4}}).trainer
    progress = Progress(trainer)
    trainer._batches_in_epoch_completed = 1
    assert progress() == Moment(batch=1 / 4, epoch=0)


def moments(directory, changes):
    """The progress at each batch of two epochs, and after them."""
    trainer = prepare("tagger", directory, NO_SCHEDULER | changes).trainer
    watch = Watch()
    trainer._callbacks.append(watch)
    trainer.train()
    return watch.seen


def test_asking_draws_no_random_numbers(tmp_path):
    sampler = {"type": "max_tokens_sampler", "max_tokens": 40}
    trainer = prepare("tagger", tmp_path, {"data_loader.batch_sampler": sampler}).trainer
    progress = Progress(trainer)
    state = random.getstate()
    assert progress() == Moment(0, 0)
    assert random.getstate() == state
