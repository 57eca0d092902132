"""`allennlp skd-doctor` says what it finds, exits with 1 where the training would stop, and writes nothing else."""

import argparse
import json
import sys
from pathlib import Path
from unittest.mock import patch

import pytest
from allennlp.commands import parse_args

from skd_plugin.doctor.console import MARKS
from tests.commands import allennlp
from tests.documents import rows

CONFIG = "tests/distillation/configs/tagger.jsonnet"


def test_without_a_config(capsys: pytest.CaptureFixture):
    allennlp("skd-doctor")
    lines = capsys.readouterr().out.splitlines()
    assert [line for line in lines if line and not line.startswith(" ")][:-1] == ["Environment", "Plugin", "Kernels"]
    assert "ok" in lines[-1]


def test_with_a_config(capsys: pytest.CaptureFixture, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    before = sorted(Path().iterdir())
    allennlp("skd-doctor", CONFIG, "-o", '{"trainer.num_epochs": 2}', "--json", tmp_path / "found.json")
    printed, progress = capsys.readouterr()
    assert "\nData\n" in printed and "2 epochs of 3 batches: 6 steps" in printed
    assert "it/s" not in progress
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
    with pytest.raises(SystemExit, match="--overrides change a config, and there is none"):
        allennlp("skd-doctor", "-o", "{}")


def test_a_file_without_a_folder_is_refused_at_once(tmp_path: Path):
    with pytest.raises(SystemExit, match="There is no folder for --json"):
        allennlp("skd-doctor", "--json", tmp_path / "none" / "found.json")


def test_options_are_in_their_table():
    with patch.object(sys, "argv", ["allennlp", "skd-doctor"]):
        parser, _ = parse_args()
    [commands] = [action for action in parser._actions if isinstance(action, argparse._SubParsersAction)]
    options = [action.option_strings or [action.dest] for action in commands.choices["skd-doctor"]._actions]
    table = {row[0].strip(" `") for row in rows("option", "docs/doctor.md")}
    assert table == {names[-1] for names in options} - {"--help"}


def test_marks_and_sections_are_in_their_tables(capsys: pytest.CaptureFixture):
    assert {row[0].strip() for row in rows("mark", "docs/doctor.md")} == set(MARKS.values())
    allennlp("skd-doctor", CONFIG)
    sections = [line for line in capsys.readouterr().out.splitlines() if line and not line.startswith(" ")][:-1]
    described = " ".join(row[0] for row in rows("section", "docs/doctor.md"))
    assert all(section in described for section in sections)
