"""`allennlp skd-init` writes a project, and says what it found and what comes next."""

from pathlib import Path

import pytest

from tests.commands import allennlp


def test_it_says_what_it_has_written(tmp_path: Path, capsys: pytest.CaptureFixture):
    folder = tmp_path / "project"
    teacher = ("--teacher", "transformer", "bert-base-cased")
    allennlp("skd-init", folder, "--task", "ner", *teacher, "--train", "fixtures/trees.conllu")
    printed = capsys.readouterr().out
    assert f"Wrote {folder}: README.md, data.libsonnet, teacher.jsonnet, student.jsonnet, " in printed
    assert "The data is read by skd_conllu, with tags 'NE'." in printed
    assert "The teacher stands on the transformer bert-base-cased." in printed
    assert "Still to come, in that folder: data/dev.conllu, data/unlabelled.txt." in printed
    assert f"cd {folder}" in printed


def test_a_refusal_writes_nothing(tmp_path: Path):
    with pytest.raises(SystemExit, match=r"There is no file none\.txt"):
        allennlp("skd-init", tmp_path / "project", "--task", "ner", "--text", "none.txt")
    assert not (tmp_path / "project").exists()


def test_force_writes_into_a_folder_with_files(tmp_path: Path):
    (tmp_path / "note.txt").write_text("mine")
    with pytest.raises(SystemExit, match="is not empty"):
        allennlp("skd-init", tmp_path, "--task", "parser")
    allennlp("skd-init", tmp_path, "--task", "parser", "--force")
    assert (tmp_path / "teacher.jsonnet").is_file() and (tmp_path / "note.txt").is_file()


def test_an_unknown_task_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture):
    with pytest.raises(SystemExit):
        allennlp("skd-init", tmp_path / "project", "--task", "sentiment")
    assert "invalid choice: 'sentiment'" in capsys.readouterr().err
