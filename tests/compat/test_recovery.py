"""A run that is killed at any moment is resumed to the same result, or says what it does."""

import json
import os
import shutil
from pathlib import Path
from typing import Any, Dict, Iterator, List

import pytest
from allennlp.commands.train import train_model
from allennlp.common.checks import ConfigurationError
from allennlp.training.metric_tracker import MetricTracker

from skd_plugin.compat.whole_files import UNFINISHED
from tests.compat.disk_states import DiskStates
from tests.distillation.runs import assert_same_weights, params, prepare, train, weights

pytestmark = pytest.mark.slow

SCORES = [1, 2, 0, 0]
"""Of the epochs: the second is the best, and with the third the run has lost its patience."""

# Only one checkpoint is kept.
CONFIG = {
    "trainer.num_epochs": len(SCORES),
    "trainer.patience": 1,
    "trainer.checkpointer": {"keep_most_recent_by_count": 1},
    "trainer.learning_rate_scheduler": None,
}
LOGS = {"out.log", "vocabulary/.lock"}
MEASURED = ("_duration", "_MB")
CHECKPOINTS = {**CONFIG, "trainer.checkpointer": {"keep_most_recent_by_count": None}}


def metrics(run: Path) -> Dict[str, Any]:
    """What a run has measured about its model, and not about the machine."""
    found = json.loads((run / "metrics.json").read_text())
    return {name: value for name, value in found.items() if not name.endswith(MEASURED)}


def log(run: Path) -> List[str]:
    return (run / "out.log").read_text().split("\n")


def assert_same_run(ours: Path, theirs: Path) -> None:
    assert_same_weights(weights(ours / "model.tar.gz"), weights(theirs / "model.tar.gz"))
    assert metrics(ours) == metrics(theirs)
    assert not [path.name for path in ours.rglob("*") if UNFINISHED in path.name]


@pytest.fixture(scope="module", autouse=True)
def scores() -> Iterator[None]:
    """Gives the epochs their scores, which otherwise depend on the processor's arithmetic."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(MetricTracker, "combined_score", lambda self, metrics: SCORES[self._epoch_number])
        yield


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run without interruption that keeps its checkpoints after each of three epochs."""
    folder = tmp_path_factory.mktemp("whole") / "run"
    train("tagger", folder, CHECKPOINTS)
    assert metrics(folder)["best_epoch"] == 1 and metrics(folder)["epoch"] == 2
    return folder


def test_a_run_is_resumed_from_every_state_of_its_folder(tmp_path):
    run = tmp_path / "run"
    disk = DiskStates(run, tmp_path / "states")
    with disk.recording():
        train("tagger", run, CONFIG)
    files = {str(path.relative_to(run)) for path in run.rglob("*") if path.is_file()} - LOGS
    assert {file for file in files if not file.startswith("vocabulary/")} <= disk.placed, "none is written in place"
    assert len(disk.states) > 15 and "vocabulary" in disk.placed
    for state in disk.states:
        train("tagger", state, CONFIG, recover=True)
        assert_same_run(state, run)


def test_a_resumed_run_goes_on_averaging_its_weights(tmp_path):
    config = {**CHECKPOINTS, "trainer.num_epochs": 2, "trainer.moving_average": {"type": "exponential", "decay": 0.5}}
    train("tagger", tmp_path / "whole", config)
    for cut, *missing in (["epoch", "model_state_e2_b0.th"], ["best", "best.th"]):
        shutil.copytree(tmp_path / "whole", tmp_path / cut)
        for name in missing:
            (tmp_path / cut / name).unlink()
        train("tagger", tmp_path / cut, config, recover=True)
        assert_same_run(tmp_path / cut, tmp_path / "whole")


def damaged(path: Path) -> None:
    """Half of a file, as a kill leaves it where files are written in place."""
    os.truncate(path, path.stat().st_size // 2)


def flipped(path: Path) -> None:
    content = bytearray(path.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 999] = bytes(byte ^ 1 for byte in content[middle : middle + 999])
    path.unlink()  # it may be linked to best.th
    path.write_bytes(content)


@pytest.mark.parametrize(
    "name, damage",
    [
        ("model_state_e3_b0.th", damaged),
        ("model_state_e3_b0.th", flipped),
        ("training_state_e3_b0.th", damaged),
        ("training_state_e3_b0.th", Path.unlink),
    ],
)
def test_the_newest_whole_checkpoint_is_taken_and_named(whole, tmp_path, name, damage):
    shutil.copytree(whole, tmp_path / "run")
    damage(tmp_path / "run" / name)
    train("tagger", tmp_path / "run", CHECKPOINTS, recover=True)
    [warning] = [line for line in log(tmp_path / "run") if "cannot be read in full" in line]
    assert "model_state_e3_b0.th" in warning and "goes on from" in warning and "model_state_e2_b0.th" in warning
    assert metrics(tmp_path / "run") == metrics(whole)
    assert_same_weights(weights(tmp_path / "run" / "model.tar.gz"), weights(whole / "model.tar.gz"))
    assert (tmp_path / "run" / "model_state_e3_b0.th.broken").exists()


def test_without_a_whole_checkpoint_training_begins_from_the_start_and_says_so(whole, tmp_path):
    shutil.copytree(whole, tmp_path / "run")
    for path in (tmp_path / "run").glob("model_state*"):
        damaged(path)
    train("tagger", tmp_path / "run", CHECKPOINTS, recover=True)
    [warning] = [line for line in log(tmp_path / "run") if "cannot be read in full" in line]
    assert "begins from the start, because there is no other checkpoint" in warning
    assert metrics(tmp_path / "run") == metrics(whole)


def test_a_damaged_checkpoint_is_not_taken_for_a_newer_one(whole, tmp_path):
    """It would be kept, and those that the resumed run writes would be deleted."""
    shutil.copytree(whole, tmp_path / "run")
    damaged(tmp_path / "run" / "model_state_e3_b0.th")
    checkpointer = prepare("tagger", tmp_path / "run", CONFIG).trainer._checkpointer
    checkpointer.load_checkpoint()
    assert checkpointer.find_latest_checkpoint()[0].endswith("model_state_e2_b0.th")


@pytest.mark.parametrize("damage", [Path.unlink, damaged], ids=["missing", "half"])
def test_lost_best_weights_are_an_error(whole, tmp_path, damage):
    shutil.copytree(whole, tmp_path / "run")
    damage(tmp_path / "run" / "best.th")
    with pytest.raises(ConfigurationError, match="best.th is missing or damaged.*--force"):
        train("tagger", tmp_path / "run", CHECKPOINTS, recover=True)


def test_resuming_before_the_first_checkpoint_says_so(tmp_path, caplog):
    tmp_path.joinpath("run").mkdir()
    (tmp_path / "run" / "config.json.unfinished").write_text("{")
    train("tagger", tmp_path / "run", {"trainer.num_epochs": 1}, recover=True)
    assert f"There is no checkpoint in {tmp_path / 'run'} yet: training begins from the start." in caplog.text
    assert not (tmp_path / "run" / "config.json.unfinished").exists()


def test_resuming_a_folder_that_does_not_exist_stays_an_error(tmp_path):
    with pytest.raises(ConfigurationError, match="nothing to recover from"):
        train("tagger", tmp_path / "run", recover=True)


def test_resuming_in_the_middle_of_an_epoch_warns_of_its_metrics(tmp_path):
    config = {**CONFIG, "trainer.num_epochs": 1, "trainer.checkpointer": {"save_every_num_batches": 1}}
    train("tagger", tmp_path, config)
    for path in tmp_path.glob("*_state_e1_b0.th"):
        path.unlink()
    train("tagger", tmp_path, config, recover=True)
    assert any("Training goes on after batch 3 of epoch 0." in line for line in log(tmp_path))


def test_a_distributed_run_that_was_killed_before_it_had_a_vocabulary(tmp_path, monkeypatch):
    """Its vocabulary is made before there are several processes."""
    monkeypatch.setattr("allennlp.commands.train.mp.spawn", lambda *args, **kwargs: None)
    distributed = params("tagger", {"distributed": {"cuda_devices": [-1, -1]}})
    distributed.to_file(str(tmp_path / "config.json"))
    with pytest.raises(RuntimeError, match="unable to archive model"):
        train_model(distributed, tmp_path, recover=True)
    assert "Anna" in (tmp_path / "vocabulary" / "tokens.txt").read_text().title()
