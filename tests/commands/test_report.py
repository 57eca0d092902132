"""`allennlp skd-report` writes a page, Markdown and JSON, and refuses what it can see before it starts."""

import json
from pathlib import Path

import pytest
from allennlp.common.checks import ConfigurationError

from tests.commands import allennlp
from tests.report.runs import ENTITIES, TAGGER, make_run

FILES = ["report.html", "report.json", "report.md"]


def test_two_runs_are_compared(tmp_path: Path, capsys: pytest.CaptureFixture):
    alone, distilled = (make_run(tmp_path / name, TAGGER, seed=seed) for seed, name in enumerate(("alone", "mine")))
    named = [f"mine={distilled}", "--baseline", f"alone={alone}", "--data", ENTITIES, "--output", tmp_path / "report"]
    options = ["--draws", 100, "--no-speed"]
    allennlp("skd-report", *named, *options)
    printed = capsys.readouterr().out
    assert sorted(path.name for path in (tmp_path / "report").iterdir()) == FILES
    report = json.loads((tmp_path / "report" / "report.json").read_text(encoding="utf-8"))
    assert [system["name"] for system in report["systems"]] == ["mine", "alone"] and report["draws"] == 100
    assert all(system["speed"] is None for system in report["systems"])
    assert f"Wrote {tmp_path / 'report' / 'report.html'}" in printed and "! " in printed
    with pytest.raises(SystemExit, match="report has a report already. Give --output another folder, or"):
        allennlp("skd-report", *named, *options)
    allennlp("skd-report", *named, *options, "--force")


def test_bad_options(tmp_path: Path):
    with pytest.raises(SystemExit, match="--draws is 3, expected at least 100; 1,000 to 10,000 are usual"):
        allennlp("skd-report", "run", "--data", ENTITIES, "--output", tmp_path, "--draws", 3)
    (tmp_path / "file").touch()
    with pytest.raises(SystemExit, match="file is a file, expected a folder"):
        allennlp("skd-report", "run", "--data", ENTITIES, "--output", tmp_path / "file")


def test_an_error_is_its_message_alone_unless_one_debugs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    command = ["skd-report", tmp_path / "nowhere", "--data", ENTITIES, "--output", tmp_path / "report"]
    with pytest.raises(SystemExit, match="^There is no run at .*nowhere"):
        allennlp(*command)
    monkeypatch.setenv("ALLENNLP_DEBUG", "1")
    with pytest.raises(ConfigurationError, match="There is no run at"):
        allennlp(*command)
