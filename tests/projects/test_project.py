"""A project has the shipped configurations, for the user's data, and stands alone."""

import os
import re
import shlex
from pathlib import Path
from typing import Any, Dict, List, Optional

import pytest
from allennlp.common import Params
from allennlp.common.checks import ConfigurationError

from skd_plugin.projects import TASKS, Project
from tests import PROJECT_ROOT
from tests.documents import commands

TREES, TEXT = "fixtures/trees.conllu", "fixtures/unlabelled.txt"
MINI_LM = ["transformer", "sentence-transformers/all-MiniLM-L6-v2"]
DATA = ("train_data_path", "validation_data_path")


def config(project: Project, name: str) -> Dict[str, Any]:
    return Params.from_file(project.folder / f"{name}.jsonnet").as_dict(quiet=True)


def written(folder: Path, task: str, teacher: Optional[List[str]] = None, **files: str) -> Project:
    project = Project(folder / "project", task, teacher, **files)
    project.write()
    return project


def without(config: Dict[str, Any], *keys: str) -> Dict[str, Any]:
    return {key: value for key, value in config.items() if key not in keys}


@pytest.mark.parametrize(
    ("task", "teacher", "name", "shipped"),
    [
        ("ner", ["bilstm"], "teacher", "teachers/crf_ner"),
        ("ner", MINI_LM, "teacher", "teachers/transformer_crf_ner"),
        ("ner", ["bilstm"], "student", "students/maxent_ner"),
        ("parser", ["bilstm"], "teacher", "teachers/biaffine"),
        ("parser", MINI_LM, "teacher", "teachers/transformer_biaffine"),
        ("parser", ["bilstm"], "student", "students/biaffine_parser"),
    ],
)
def test_models_are_those_of_the_shipped_configurations(
    tmp_path: Path, task: str, teacher: List[str], name: str, shipped: str
):
    project = written(tmp_path, task, teacher, train=TREES, dev=TREES)
    expected = Params.from_file(f"training_configs/{shipped}.jsonnet").as_dict(quiet=True)
    assert without(config(project, name), *DATA) == without(expected, *DATA)


@pytest.mark.parametrize("task", TASKS)
def test_the_distilled_student_is_the_student_with_a_teacher_and_text(tmp_path: Path, task: str):
    project = written(tmp_path, task, text=TEXT)
    student, distilled = config(project, "student"), config(project, "distilled_student")
    [distiller] = distilled["trainer"].pop("callbacks")
    assert distiller["teachers"] == [{"archive": "runs/teacher/model.tar.gz"}]
    path = tmp_path / "project" / distilled["train_data_path"].pop("unlabelled")
    assert path.samefile(TEXT)
    # A longer text, fewer epochs: about as many steps.
    assert distilled["trainer"].pop("num_epochs") < student["trainer"].pop("num_epochs")
    assert distilled == student


@pytest.mark.parametrize("task", TASKS)
def test_beside_a_transformer_the_student_has_static_vectors_from_it(tmp_path: Path, task: str):
    def words(project: Project) -> Dict[str, Any]:
        return config(project, "student")["model"]["text_field_embedder"]["token_embedders"]["words"]

    (tmp_path / "my bert").mkdir()
    (tmp_path / "my bert" / "config.json").write_text("{}")
    project = written(tmp_path, task, ["transformer", str(tmp_path / "my bert")])
    assert words(project)["vectors"] == {"pretrained_file": "vectors.safetensors"}
    [command] = [line for line in commands((project.folder / "README.md").read_text()) if "skd-vectors" in line]
    assert shlex.split(command)[1:] == ["skd-vectors", str(tmp_path / "my bert"), "--output", "vectors.safetensors"]
    alone = written(tmp_path / "alone", task)
    assert "vectors" not in words(alone)
    assert not any("skd-vectors" in line for line in commands((alone.folder / "README.md").read_text()))


def test_nothing_is_read_from_elsewhere(tmp_path: Path):
    for task in TASKS:
        for teacher in (["bilstm"], MINI_LM):
            project = written(tmp_path / task / teacher[0], task, teacher)
            names = {path.relative_to(project.folder).as_posix() for path in project.folder.rglob("*.*sonnet")}
            imported = {
                str(Path(os.path.normpath(path.parent / name)).relative_to(project.folder))
                for path in project.folder.rglob("*.*sonnet")
                for name in re.findall(r"import '([^']+)'", path.read_text())
            }
            # What the steps name themselves, and nothing that no step needs.
            assert names == imported | {"teacher.jsonnet", "distilled_student.jsonnet"}


def test_the_readme_has_no_long_lines(tmp_path: Path):
    for teacher in (["bilstm"], MINI_LM):
        readme = (written(tmp_path / teacher[0], "pos", teacher).folder / "README.md").read_text()
        assert max(map(len, readme.split("\n"))) <= 100


def test_paths_are_seen_from_the_project_unless_they_are_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    for name, fixture in {"it's.conllu": TREES, "dev.conllu": TREES}.items():
        (tmp_path / name).symlink_to(PROJECT_ROOT / fixture)
    (tmp_path / "bert").mkdir()
    (tmp_path / "bert" / "config.json").write_text("{}")
    teacher = ["transformer", "bert"]
    project = Project(Path("deep/project"), "parser", teacher, train="it's.conllu", dev=str(tmp_path / "dev.conllu"))
    project.write()
    found = config(project, "teacher")
    assert found["train_data_path"] == {"labelled": "../../it's.conllu"}
    assert found["validation_data_path"] == str(tmp_path / "dev.conllu")
    assert found["model"]["text_field_embedder"]["token_embedders"]["words"]["model_name"] == "../../bert"


def test_files_that_are_not_given_are_to_come(tmp_path: Path):
    project = written(tmp_path, "ner", train=TREES)
    assert project.to_come == ["data/dev.conllu", "data/unlabelled.txt"]
    readme = (project.folder / "README.md").read_text()
    assert "- `data/dev.conllu`: other sentences with labels, in CoNLL-U," in readme
    assert "- `data/unlabelled.txt`: text without labels:" in readme
    assert config(project, "student")["validation_data_path"] == "data/dev.conllu"
    assert (project.folder / "data").is_dir()


def test_a_folder_with_files_is_refused(tmp_path: Path):
    (tmp_path / "note.txt").write_text("mine")
    (tmp_path / "README.md").write_text("mine")
    with pytest.raises(ConfigurationError, match=r"is not empty\. Name another one, .* with --force"):
        Project(tmp_path, "ner").write()
    assert (tmp_path / "README.md").read_text() == "mine"
    Project(tmp_path, "ner").write(force=True)
    assert (tmp_path / "README.md").read_text() != "mine"
    assert (tmp_path / "note.txt").read_text() == "mine"


def test_a_file_is_no_folder(tmp_path: Path):
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigurationError, match="file is a file, expected a new folder. Name another one."):
        Project(tmp_path / "file", "ner").write(force=True)


@pytest.mark.parametrize("files", [{"train": "none.conll"}, {"dev": "none.conll"}, {"text": "none.conll"}])
def test_a_missing_file_is_named(tmp_path: Path, files: Dict[str, str]):
    with pytest.raises(ConfigurationError, match=r"There is no file none\.conll\."):
        Project(tmp_path / "project", "ner", **files)
