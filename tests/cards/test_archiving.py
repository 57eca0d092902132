"""Archives get a card with them, and are made without one if it fails."""

import logging
import tarfile
from pathlib import Path
from typing import Set

import pytest
from allennlp.models.archival import archive_model
from huggingface_hub import ModelCard

from skd_plugin.cards import archiving
from tests.cards.runs import write, write_recorded_run


@pytest.fixture
def run(tmp_path: Path) -> Path:
    run = write_recorded_run(tmp_path / "run")
    (run / "vocabulary").mkdir()
    (run / "model.tar.gz").unlink()
    return run


def archived(run: Path, *included: str) -> Set[str]:
    """The names of the files in the archive, each of which is there once."""
    path = archive_model(run, "weights.th", include_in_archive=list(included) or None)
    with tarfile.open(path) as archive:
        names = archive.getnames()
    assert len(names) == len(set(names))
    return set(names)


def test_the_card_and_what_it_is_made_of(run: Path):
    assert archived(run) >= {"config.json", "README.md", "metrics.json", "teachers.json", "training.json"}
    assert ModelCard.load(run / "README.md").data.model_name == "run"


def test_of_other_models_nothing_is_said(run: Path):
    write(run / "config.json", {"dataset_reader": "x", "model": {"type": "simple_tagger"}})
    assert "README.md" not in archived(run) and not (run / "README.md").exists()


@pytest.mark.parametrize("pattern", ["README.md", "*.md", "./README.md"])
def test_a_card_of_the_users_own_stays(run: Path, pattern: str):
    (run / "README.md").write_text("mine")
    assert archived(run, pattern) >= {"training.json"}
    assert (run / "README.md").read_text() == "mine"


def test_an_error_costs_the_card_and_not_the_archive(
    run: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    monkeypatch.setattr(archiving, "archive_card", None)
    with caplog.at_level(logging.WARNING):
        assert archived(run) >= {"config.json", "weights.th"}
    assert "gets no model card" in caplog.text and not (run / "README.md").exists()
