"""The state of the random number generators is preserved, recorded in a form a checkpoint can hold, and restored."""

import random

import numpy as np
import torch

from skd_plugin.training.randomness import RandomState, preserved_randomness
from tests.distillation.runs import prepare


def draw():
    return random.random(), np.random.rand(), torch.rand(1).item()


def test_what_runs_inside_leaves_no_trace():
    with preserved_randomness():
        expected = draw()
    with preserved_randomness():
        draw()
        draw()
    assert draw() == expected


def test_a_checkpoint_holds_the_state_and_gives_it_back(tmp_path):
    state = RandomState()
    state.record_batch()
    expected = torch.rand(1)
    torch.save(state.state_dict(), tmp_path / "state.th")

    restored = RandomState()
    restored.load_state_dict(torch.load(tmp_path / "state.th"))
    run = prepare("tagger", tmp_path)
    restored.restore_during(run.trainer)
    run.model.eval()(**next(iter(run.trainer.data_loader)))
    assert torch.equal(torch.rand(1), expected)
    run.model(**next(iter(run.trainer.data_loader)))
    assert not torch.equal(torch.rand(1), expected), "set once, not at every forward"


def test_each_epoch_begins_with_its_own_state(tmp_path):
    state = RandomState()
    state.record_epoch(0)
    expected = random.random(), np.random.rand()
    torch.save(state.state_dict(), tmp_path / "state.th")

    restored = RandomState()
    restored.load_state_dict(torch.load(tmp_path / "state.th"))
    trainer = prepare("tagger", tmp_path).trainer
    seen = {}
    trainer._train_epoch = lambda epoch: seen.update({epoch: (random.random(), np.random.rand())})
    restored.restore_during(trainer)
    for epoch in (0, 1, 2):
        trainer._train_epoch(epoch)
    assert [epoch for epoch in seen if seen[epoch] == expected] == [1]
