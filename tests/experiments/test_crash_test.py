"""The crash test sees every difference between two runs, except in what the machine has measured."""

import json
import tarfile
from pathlib import Path

import pytest
import torch

from experiments.crash_test import MACHINE, TRAINING, newest_checkpoint, same

METRICS = {"best_epoch": 3, "training_loss": 0.5, "training_duration": "0:00:01", "peak_worker_0_memory_MB": 300.5}


def run(folder: Path, weight: float = 1.0, **metrics: object) -> Path:
    folder.mkdir()
    torch.save({"weight": torch.tensor([weight])}, folder / "best.th")
    with tarfile.open(folder / "model.tar.gz", "w:gz") as archive:
        archive.add(folder / "best.th", "weights.th")
    (folder / "metrics.json").write_text(json.dumps({**METRICS, **metrics}))
    return folder


@pytest.mark.parametrize(
    "changes, expected",
    [
        ({}, [True, True]),
        ({"training_duration": "0:00:09", "peak_worker_0_memory_MB": 1.0}, [True, True]),
        ({"weight": 1.0 + 2**-23}, [False, True]),
        ({"training_loss": 0.5 + 2**-50}, [True, False]),
        ({"another": 1}, [True, False]),
    ],
)
def test_differences_are_seen(tmp_path, changes, expected):
    assert same(run(tmp_path / "ours", **changes), run(tmp_path / "theirs")) == expected


def test_metrics_of_training_may_be_left_out(tmp_path):
    ours, theirs = run(tmp_path / "ours", training_loss=9.0), run(tmp_path / "theirs")
    assert same(ours, theirs, MACHINE + TRAINING) == [True, True]


def test_the_newest_checkpoint_is_that_of_the_highest_epoch(tmp_path):
    assert newest_checkpoint(tmp_path) == "–"
    for epoch in (9, 10):
        (tmp_path / f"model_state_e{epoch}_b0.th").touch()
    assert newest_checkpoint(tmp_path) == "e10_b0"
