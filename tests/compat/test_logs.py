"""Details are in the log file of a training, but neither on the screen nor where a saved model is loaded."""

import logging
from pathlib import Path
from typing import List

import pytest
from allennlp.common import Params
from allennlp.common import logging as allennlp_logging
from allennlp.common.util import log_frozen_and_tunable_parameter_names
from torch.nn import Linear

from skd_plugin import archives
from skd_plugin.compat.logs import DETAILED, hide_epochs_on_screen, without_details
from tests.commands import logging_as_before

ARCHIVE = Path("tests/compatibility/0.1.0/archives/crf_tagger.tar.gz")


@pytest.fixture(autouse=True)
def _as_in_a_new_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ALLENNLP_DEBUG", raising=False)
    monkeypatch.delenv("ALLENNLP_LOG_LEVEL", raising=False)
    for name in DETAILED:  # `allennlp evaluate` disables some
        monkeypatch.setattr(logging.getLogger(name), "disabled", False)


def write() -> None:
    Params({"an_option": 1}).pop("an_option")
    log_frozen_and_tunable_parameter_names(Linear(1, 1))
    logging.getLogger("allennlp.common.params").warning("a warning")
    logging.getLogger("allennlp.common.util").info("the metrics")


DETAILS = ["an_option = 1", "weight"]
OTHERS = ["a warning", "the metrics"]


def said(text: str) -> List[str]:
    return [part for part in DETAILS + OTHERS if f"- {part}\n" in text]


def test_a_training_writes_details_to_its_file_alone(tmp_path: Path, capsys: pytest.CaptureFixture):
    with logging_as_before():
        allennlp_logging.prepare_global_logging(tmp_path)
        write()
    assert said((tmp_path / "out.log").read_text()) == DETAILS + OTHERS
    assert said(capsys.readouterr().out) == OTHERS


def test_debugging_shows_them(tmp_path: Path, capsys: pytest.CaptureFixture, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("ALLENNLP_DEBUG", "1")
    with logging_as_before():
        allennlp_logging.prepare_global_logging(tmp_path)
        write()
        with without_details():
            Params({"another_option": 1}).pop("another_option")
    output = capsys.readouterr().out
    assert said(output) == DETAILS + OTHERS and "another_option" in output


def test_a_model_is_loaded_without_details(caplog: pytest.LogCaptureFixture):
    with caplog.at_level(logging.INFO):
        archives.load(ARCHIVE)
        assert not caplog.records
        Params({"an_option": 1}).pop("an_option")
        assert caplog.messages == ["an_option = 1"]


def test_what_is_said_of_epochs_can_be_left_to_the_file(tmp_path: Path, capsys: pytest.CaptureFixture):
    trainer = logging.getLogger("allennlp.training.gradient_descent_trainer")
    with logging_as_before():
        allennlp_logging.prepare_global_logging(tmp_path)
        show = hide_epochs_on_screen()
        trainer.info("Epoch 0/9")
        trainer.info("Ran out of patience. Stopping training.")
        trainer.warning("a warning")
        show()
        trainer.info("Epoch 1/9")
    file, screen = (tmp_path / "out.log").read_text(), capsys.readouterr().out
    parts = ("Epoch 0/9", "Ran out of patience", "a warning", "Epoch 1/9")
    assert [part in file for part in parts] == [True] * 4
    assert [part in screen for part in parts] == [False, True, True, True]
