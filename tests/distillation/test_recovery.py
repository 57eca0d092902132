"""`allennlp train -r` of a distillation ends with the same weights as a run without interruption."""

import json
import shutil
from pathlib import Path
from typing import Any, Dict, Tuple

import pytest
import torch
from allennlp.common.checks import ConfigurationError

from tests.distillation.power_cut import PowerCut, PowerCutCallback
from tests.distillation.runs import assert_same_weights, epochs, prepare, taught_by, train

pytestmark = pytest.mark.slow

CUT = {"type": "power_cut"}
SCHEDULES = {
    "interpolation": {"type": "cosine", "start": 0.9, "end": 0.2},
    "temperature": {"type": "linear", "start": 3.0, "end": 1.0},
}
BY_EPOCH = {
    "interpolation": {"type": "linear", "start": 0.9, "end": 0.2, "by": "epoch"},
    "temperature": {"type": "stepwise", "values": [3.0, 2.0, 1.0], "at": [0.4, 0.6]},
}
MID_EPOCH = {"trainer.checkpointer": {"save_every_num_batches": 1}}
ALWAYS = {"trainer.checkpointer": {"save_every_num_seconds": 0, "keep_most_recent_by_count": 9}}
BY_TOKENS = {"data_loader.batch_sampler": {"type": "max_tokens_sampler", "max_tokens": 40}}
LAZY = {
    "data_loader": {"batch_size": 4, "shuffle": True, "max_instances_in_memory": 8},
    "trainer.num_gradient_accumulation_steps": 2,
    "trainer.learning_rate_scheduler": None,
}


def run(directory: Path, overrides: Dict[str, Any], recover: bool = False) -> Dict[str, torch.Tensor]:
    train("distilled", directory, overrides, recover)
    return torch.load(directory / "model_state_e3_b0.th")


def interrupted(
    monkeypatch: pytest.MonkeyPatch, directory: Path, overrides: Dict[str, Any], *cuts: Tuple[int, int]
) -> Dict[str, torch.Tensor]:
    """The final weights of a run that is cut at each of these (epoch, batch) and resumed after each."""
    for recover, cut in enumerate(cuts):
        monkeypatch.setattr(PowerCutCallback, "at", cut)
        with pytest.raises(PowerCut):
            run(directory, overrides, bool(recover))
    monkeypatch.setattr(PowerCutCallback, "at", None)
    return run(directory, overrides, recover=True)


@pytest.mark.parametrize(
    "changes, cuts",
    [
        ({}, [(1, 2)]),
        (MID_EPOCH, [(1, 2)]),
        (MID_EPOCH, [(0, 2), (0, 3), (2, 1)]),
        (ALWAYS, [(1, 6), (2, 3)]),
        (BY_TOKENS, [(1, 2)]),
        (MID_EPOCH | BY_TOKENS, [(1, 3)]),
        (LAZY, [(1, 2)]),
        (MID_EPOCH | {"model.type": "skd_crf_tagger"}, [(1, 2)]),
    ],
    ids=["epoch", "batch", "often", "last-batch", "tokens", "tokens-batch", "lazy", "crf"],
)
def test_a_resumed_run_ends_with_the_same_weights(crf_teacher, tmp_path, monkeypatch, changes, cuts):
    overrides = taught_by(crf_teacher, **SCHEDULES) | changes
    overrides["trainer.callbacks"].append(CUT)

    expected = run(tmp_path / "whole", overrides)
    assert_same_weights(interrupted(monkeypatch, tmp_path / "cut", overrides, *cuts), expected)
    last = [json.loads((tmp_path / name / "metrics_epoch_2.json").read_text()) for name in ("whole", "cut")]
    assert last[0]["training_kd_lambda"] == last[1]["training_kd_lambda"] < 0.5


@pytest.mark.parametrize("place", [0, 1], ids=["before", "after"])
def test_the_distiller_together_with_skd_resume(crf_teacher, tmp_path, monkeypatch, place):
    overrides = taught_by(crf_teacher, **SCHEDULES) | MID_EPOCH
    overrides["trainer.callbacks"].insert(place, {"type": "skd_resume"})
    overrides["trainer.callbacks"].append(CUT)
    expected = run(tmp_path / "whole", overrides)
    assert_same_weights(interrupted(monkeypatch, tmp_path / "cut", overrides, (1, 2)), expected)
    states = torch.load(tmp_path / "cut" / "training_state_e3_b0.th")["callbacks"][:2]
    assert [bool(state["random_state"]["torch"]) for state in states] == [True, False], "only the first acts"


def test_the_state_in_the_checkpoints_of_version_0_1_0_is_accepted(crf_teacher, tmp_path, caplog):
    state = {"random_state": {"torch": [{"cpu": torch.get_rng_state(), "cuda": []}], "python": {}}}
    trainer = prepare("distilled", tmp_path, taught_by(crf_teacher)).trainer
    distiller = trainer._callbacks[0]
    distiller.load_state_dict(state)
    assert distiller.state_dict()["random_state"] == state["random_state"]
    assert "The checkpoint is of version 0.1.0, which did not record the teachers" in caplog.text
    distiller.on_start(trainer)


def test_a_teacher_that_was_moved_is_accepted(crf_teacher, tmp_path):
    moved = tmp_path / "moved.tar.gz"
    moved.write_bytes(crf_teacher.read_bytes())
    before, after = (
        prepare("distilled", tmp_path / archive.stem, taught_by(archive)).trainer for archive in (crf_teacher, moved)
    )
    before._callbacks[0].on_start(before)
    after._callbacks[0].load_state_dict(before._callbacks[0].state_dict())
    after._callbacks[0].on_start(after)


def test_a_teacher_that_was_replaced_is_refused(crf_teacher, maxent_teacher, tmp_path, monkeypatch):
    first, second = tmp_path / "first.tar.gz", tmp_path / "second.tar.gz"
    for archive in (first, second):
        archive.write_bytes(crf_teacher.read_bytes())
    overrides = taught_by(first, second)
    overrides["trainer.callbacks"][0]["teachers"][1]["store"] = str(tmp_path / "potentials.safetensors")
    overrides["trainer.callbacks"].append(CUT)
    monkeypatch.setattr(PowerCutCallback, "at", (1, 1))
    with pytest.raises(PowerCut):
        run(tmp_path / "run", overrides)

    monkeypatch.setattr(PowerCutCallback, "at", None)
    second.write_bytes(maxent_teacher.read_bytes())
    message = "The teacher .*second.tar.gz is not the one .* put the earlier one back.* without -r, with another"
    with pytest.raises(ConfigurationError, match=message):
        run(tmp_path / "run", overrides, recover=True)
    second.write_bytes(crf_teacher.read_bytes())
    run(tmp_path / "run", overrides, recover=True)


def test_schedules_by_epoch_and_stepwise_continue_where_they_were(crf_teacher, tmp_path, monkeypatch):
    overrides = taught_by(crf_teacher, **BY_EPOCH) | MID_EPOCH
    overrides["trainer.callbacks"].append(CUT)
    expected = run(tmp_path / "whole", overrides)
    assert_same_weights(interrupted(monkeypatch, tmp_path / "cut", overrides, (1, 2)), expected)
    shares = [metrics["training_kd_lambda"] for metrics in epochs(tmp_path / "whole")]
    assert shares == pytest.approx([0.9, 0.9 - 0.7 / 3, 0.9 - 1.4 / 3])


@pytest.mark.parametrize("lost", [False, True])
def test_a_resumed_run_with_stored_potentials(maxent_teacher, tmp_path, monkeypatch, lost):
    overrides = taught_by(maxent_teacher, **SCHEDULES)
    overrides["trainer.callbacks"].append(CUT)
    expected = run(tmp_path / "whole", overrides)

    store = tmp_path / "potentials"
    overrides["trainer.callbacks"][0]["teachers"][0]["store"] = str(store)
    monkeypatch.setattr(PowerCutCallback, "at", (1, 1))
    with pytest.raises(PowerCut):
        run(tmp_path / "cut", overrides)
    if lost:
        shutil.rmtree(store)
    monkeypatch.setattr(PowerCutCallback, "at", None)
    assert_same_weights(run(tmp_path / "cut", overrides, recover=True), expected)
