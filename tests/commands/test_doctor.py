"""`allennlp skd-doctor` says what it finds, exits with 1 where the training would stop, and writes nothing else."""

import json
from pathlib import Path

import pytest
from allennlp.common.checks import ConfigurationError

from tests.commands import allennlp

CONFIG = "tests/distillation/configs/tagger.jsonnet"


def test_without_a_config(capsys: pytest.CaptureFixture):
    allennlp("skd-doctor")
    lines = capsys.readouterr().out.splitlines()
    assert [line for line in lines if line and not line.startswith(" ")][:-1] == ["Environment", "Plugin", "Kernels"]
    assert "ok" in lines[-1]


def test_with_a_config(capsys: pytest.CaptureFixture, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    before = sorted(Path().iterdir())
    allennlp("skd-doctor", CONFIG, "-o", '{"trainer.num_epochs": 2}', "--json", tmp_path / "found.json")
    printed = capsys.readouterr().out
    assert "\nData\n" in printed and "2 epochs of 3 batches: 6 steps" in printed
    findings = json.loads((tmp_path / "found.json").read_text())
    assert {finding["section"] for finding in findings} == {"Environment", "Plugin", "Kernels", "Data", "Model"}
    assert all(finding.keys() == {"section", "level", "text", "remedy"} for finding in findings)
    assert sorted(Path().iterdir()) == before


def test_packages_of_the_user_are_included(capsys: pytest.CaptureFixture, tmp_path: Path, monkeypatch):
    (tmp_path / "mine.py").write_text(
        "from allennlp.training import TrainerCallback\n"
        "TrainerCallback.register('mine', exist_ok=True)(type('Mine', (TrainerCallback,), {}))\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    allennlp("skd-doctor", CONFIG, "--include-package", "mine", "-o", '{"trainer.callbacks": ["mine"]}')
    assert "ERROR" not in capsys.readouterr().out


def test_the_exit_status_says_that_the_training_would_stop(capsys: pytest.CaptureFixture):
    with pytest.raises(SystemExit) as exit_:
        allennlp("skd-doctor", CONFIG, "-o", '{"train_data_path": "none.conll"}')
    assert exit_.value.code == 1
    assert "ERROR    There is no file none.conll." in capsys.readouterr().out


def test_overrides_of_nothing_are_refused():
    with pytest.raises(ConfigurationError, match="--overrides change a config, and there is none"):
        allennlp("skd-doctor", "-o", "{}")
