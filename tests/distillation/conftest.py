"""Two tiny teachers, trained once per session."""

from pathlib import Path

import pytest

from tests.distillation.runs import train

TRAINED_WELL = {"trainer.num_epochs": 12, "model.encoder.hidden_size": 10, "model.dropout": 0.0}


@pytest.fixture(scope="session")
def crf_teacher(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("crf_teacher")
    train("tagger", directory, {**TRAINED_WELL, "model.type": "skd_crf_tagger"})
    return directory / "model.tar.gz"


@pytest.fixture(scope="session")
def maxent_teacher(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("maxent_teacher")
    train("tagger", directory, TRAINED_WELL)
    return directory / "model.tar.gz"
