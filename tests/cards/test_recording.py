"""A training records what only it knows, and goes on if that fails."""

import json
import logging
from pathlib import Path
from typing import Any, Dict

import pytest
from allennlp.training import GradientDescentTrainer

from skd_plugin.cards import recording
from tests.distillation.runs import prepare

WITHOUT_SCHEDULE = {"trainer.learning_rate_scheduler": None}
MIXED = {"labelled": "fixtures/ner.conll", "unlabelled": "fixtures/unlabelled.txt"}


def ready(folder: Path, overrides: Dict[str, Any]) -> GradientDescentTrainer:
    """A trainer that has not trained."""
    trainer = prepare("tagger", folder, {"train_data_path": MIXED, **WITHOUT_SCHEDULE, **overrides}).trainer
    model = {"type": "skd_maxent_tagger", "temperature": 2.0, "dropout": 0.5}
    (folder / "config.json").write_text(json.dumps({"model": model}))
    return trainer


def recorded(trainer: GradientDescentTrainer, folder: Path) -> Any:
    [callback] = (one for one in trainer._callbacks if isinstance(one, recording.RecordedTraining))
    callback.on_end(trainer, metrics={}, epoch=0, is_primary=True)
    file = folder / "training.json"
    return json.loads(file.read_text()) if file.is_file() else None


@pytest.mark.parametrize(
    ("loader", "sentences"),
    [
        ({"batch_size": 4}, {"training": 24, "without labels": 12, "validation": 6}),
        ({"type": "skd_streaming", "batch_size": 4}, {"training": 24, "validation": 6}),
        ({"batch_size": 4, "max_instances_in_memory": 8}, {}),
    ],
)
def test_what_is_recorded(tmp_path: Path, loader: Dict[str, Any], sentences: Dict[str, int]):
    trainer = ready(tmp_path, {"data_loader": loader})
    facts = recorded(trainer, tmp_path)
    assert facts["sentences"] == sentences
    assert facts["kind"] == "entities" and set(facts["labels"]) == {"LOC", "ORG", "PER"}
    assert facts["steps"] == 0 and facts["options"] == {"temperature": 2.0}
    assert facts["parameters"] == sum(one.numel() for one in trainer.model.parameters()) == facts["bytes"] // 4
    assert {"skd_plugin", "torch"} <= set(facts["versions"])


def test_it_comes_after_the_callbacks_of_earlier_checkpoints(tmp_path: Path):
    """The trainer gives states by position."""
    names = [type(callback).__name__ for callback in ready(tmp_path, {})._callbacks]
    assert names[-3:] == ["ExactResuming", "LabelOrigin", "RecordedTraining"]


def test_an_error_is_logged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture):
    trainer = ready(tmp_path, {})
    monkeypatch.setattr(recording, "model_facts", None)
    with caplog.at_level(logging.WARNING):
        assert recorded(trainer, tmp_path) is None
    assert "cannot be recorded" in caplog.text
