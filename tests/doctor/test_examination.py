"""A config is looked at section by section; what stops the training is said, and everything else as well."""

import json
from pathlib import Path
from typing import Any, Dict, List

import pytest

from skd_plugin.doctor.examination import examine_config
from skd_plugin.doctor.finding import Finding
from tests.distillation.runs import params
from tests.untrained import make_archive


@pytest.fixture
def examined(tmp_path: Path):
    """The sections about a config of `tests/distillation/configs`, by their titles."""

    def run(config: str, **overrides: Any) -> Dict[str, List[Finding]]:
        content = params(config, {name.replace("__", "."): value for name, value in overrides.items()}).as_dict()
        file, folder = tmp_path / "config.json", tmp_path / "run"
        file.write_text(json.dumps(content))
        folder.mkdir()
        return {section.title: section.findings for section in examine_config(str(file), "", str(folder))}

    return run


def test_a_model_that_is_trained_alone(examined):
    sections = examined("tagger")
    assert list(sections) == ["Data", "Model"]
    assert not [finding for findings in sections.values() for finding in findings if finding.level == "error"]


def test_text_without_a_teacher(examined):
    sections = examined("distilled", trainer__callbacks=[])
    assert list(sections) == ["Data", "Text", "Model"] and len(sections["Text"]) == 1


def test_before_the_teacher_is_trained(examined):
    sections = examined("distilled")
    assert list(sections) == ["Data", "Text", "Student", "Distillation"]
    [error] = sections["Distillation"]
    assert error.level == "error" and "There is no teacher archive at no/model.tar.gz. Train the teacher" in error.text


def test_two_teachers_of_which_one_has_other_labels(examined, tmp_path: Path):
    teachers = [
        make_archive(tmp_path / "one", {}, type="skd_crf_tagger"),
        make_archive(tmp_path / "two", {"labels": ["X"]}, type="skd_maxent_tagger"),
    ]
    callbacks = [{"type": "skd_distiller", "teachers": [{"archive": str(archive)} for archive in teachers]}]
    sections = examined("distilled", trainer__callbacks=callbacks)
    assert list(sections)[-2:] == [f"Teacher {archive}" for archive in teachers]
    assert "error" not in {finding.level for finding in sections[f"Teacher {teachers[0]}"]}
    assert "Teacher and student have no label in common" in sections[f"Teacher {teachers[1]}"][-1].text


def test_a_student_that_cannot_be_taught(examined, tmp_path: Path):
    archive = make_archive(tmp_path / "teacher", {}, type="skd_crf_tagger")
    callbacks = [{"type": "skd_distiller", "teachers": [{"archive": str(archive)}]}]
    model = {
        "type": "simple_tagger",
        "text_field_embedder": {"token_embedders": {"tokens": {"type": "embedding", "embedding_dim": 8}}},
        "encoder": {"type": "lstm", "input_size": 8, "hidden_size": 6},
    }
    sections = examined("distilled", trainer__callbacks=callbacks, model=model)
    assert "The student is a SimpleTagger, which gives no distribution" in sections[f"Teacher {archive}"][-1].text


def test_a_missing_file(examined):
    [error] = examined("tagger", train_data_path="none.conll")["Config"]
    assert error.level == "error" and "There is no file none.conll. Paths are relative to the folder" in error.text


def test_data_is_looked_at_where_the_model_cannot_be_built(examined):
    sections = examined("tagger", model__encoder__input_size=7)
    assert list(sections) == ["Data", "Model"]
    assert sections["Data"][0].text.startswith("Labelled training data: 12 sentences")
    [error] = sections["Model"]
    assert error.level == "error" and "7" in error.text


def test_an_option_that_does_not_exist(examined):
    [error] = examined("tagger", model__dropuot=0.1)["Model"]
    assert error.level == "error" and "dropuot" in error.text


def test_a_config_that_is_no_jsonnet(tmp_path: Path):
    (tmp_path / "config.jsonnet").write_text("{ model: ")
    [(title, [error])] = examine_config(str(tmp_path / "config.jsonnet"), "", str(tmp_path))
    assert (title, error.level) == ("Config", "error") and error.text.startswith("RuntimeError: STATIC ERROR")


def test_no_config(tmp_path: Path):
    [(title, [error])] = examine_config(str(tmp_path / "none.jsonnet"), "", str(tmp_path))
    assert (title, error.level) == ("Config", "error")
    assert "none.jsonnet. Name the jsonnet file that `allennlp train` is going to be given." in error.text


def test_a_gpu_that_is_not_there(examined):
    [error] = examined("tagger", trainer__cuda_device=99)["Model"]
    assert "trainer.cuda_device is 99, and PyTorch finds " in error.text and "set it to -1" in error.text
