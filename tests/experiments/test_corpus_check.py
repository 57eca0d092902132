"""`experiments/corpus_check.py` on the fixtures: it counts, and it notices what differs."""

import sys
from pathlib import Path
from typing import Any

import pytest

from experiments.corpus_check import main
from skd_plugin.data.readers import conllu
from tests import PROJECT_ROOT


def check(folder: Path, monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setattr(sys, "argv", ["corpus_check", str(folder)])
    with pytest.raises(SystemExit) as exit:
        main()
    return int(exit.value.code or 0)


def test_the_fixtures(monkeypatch, capsys):
    assert check(PROJECT_ROOT / "fixtures", monkeypatch) == 0
    rows = capsys.readouterr().out.splitlines()[2:]
    assert [row.split(" | ")[1] for row in rows] == [
        *["skd_conll_ner"] * 2,
        *["skd_conllu"] * 4,
        "skd_dependencies",
        "skd_text",
    ]
    assert all(row.endswith("| the same |") for row in rows)
    counted = "10 sentences, 67 words, 67 arcs of 17 kinds"
    assert f"| {counted} | {counted} |" in rows[6]


def test_a_label_that_differs(monkeypatch, capsys):
    def as_sentence(sentence: Any) -> Any:
        words = ["?" if word == "Oslo" else word for word in sentence.column("form")]
        return original(sentence)._replace(words=words)

    original = conllu.as_sentence
    monkeypatch.setattr(conllu, "as_sentence", as_sentence)
    assert check(PROJECT_ROOT / "fixtures", monkeypatch) == 1
    assert "| sentence 1 differs |" in capsys.readouterr().out


@pytest.mark.parametrize("name, message", [("f.conll", "| refused: "), ("f.md", "")])
def test_what_cannot_be_read(tmp_path, monkeypatch, capsys, name, message):
    (tmp_path / name).write_text("a\tO\nb\n\nc\tO\n")
    assert check(tmp_path, monkeypatch) == 1
    assert message in capsys.readouterr().out
