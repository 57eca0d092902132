"""What is said of a teacher before its student learns from it. The models have random weights."""

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from skd_plugin.distillation.teachers.store import Store
from skd_plugin.doctor import targets as targets_module
from skd_plugin.doctor import teachers as module
from skd_plugin.doctor.collecting import collected
from skd_plugin.doctor.data import read_data
from skd_plugin.doctor.experiment import Experiment, build, build_distiller, split_config
from skd_plugin.doctor.targets import targets
from skd_plugin.doctor.teachers import examine_teacher
from skd_plugin.structures import bioul
from tests.commands import allennlp
from tests.distillation.runs import params
from tests.doctor import bad
from tests.untrained import make_archive

CONFIG = params("distilled", {}).as_dict()
TEXT = "fixtures/unlabelled.txt"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("doctor")


@pytest.fixture(scope="module")
def student(folder: Path) -> Experiment:
    return build(split_config(CONFIG)[0], str(folder))


@pytest.fixture(scope="module")
def teacher(folder: Path) -> Path:
    return make_archive(folder / "teacher", {}, type="skd_crf_tagger")


@pytest.fixture(scope="module")
def of_persons(folder: Path) -> Path:
    """A teacher with other names of types."""
    labels = {"labels": list(bioul.tags(["PERSON", "LOC"]))}
    return make_archive(folder / "persons", labels, type="skd_maxent_tagger")


@pytest.fixture
def found(student: Experiment, tmp_path: Path):
    """The findings about a distiller with one teacher."""

    def run(archive: Path, **options: Any):
        own = {name: options.pop(name) for name in ("store", "label_map") if name in options}
        distiller = _distiller(tmp_path, teachers=[{"archive": str(archive), **own}], **options)
        [one] = distiller.settings.teachers
        return collected("Teacher", examine_teacher(distiller, one, one.without_store(), student)).findings

    return run


def _distiller(folder: Path, **options: Any):
    return build_distiller({"type": "skd_distiller", **options}, str(folder))


def texts(findings) -> str:
    return "\n".join(f"{finding.level}: {finding.text} -> {finding.remedy}" for finding in findings)


def test_a_teacher_that_fits(found, teacher: Path):
    shown = texts(found(teacher))
    assert "ok: CrfTagger: " in shown and "ok: It has the student's 3 labels" in shown
    assert "ok: The student can produce all that it says" in shown
    assert "words a second, and takes about less than a second for the 30 sentences" in shown
    assert "ok: What it says of them takes about " in shown and "kB in memory" in shown
    # Random weights find hardly anything.
    assert "warning: Its f1-measure-overall on the first 6 validation sentences is 0." in shown
    assert "See whether it is trained to its end" in shown


def test_a_good_score_is_said(found, teacher: Path, monkeypatch):
    monkeypatch.setattr(module, "score", lambda *arguments: [{"f1-measure-overall": 0.7, "accuracy": 0.9}])
    assert "ok: Its f1-measure-overall on the first 6 validation sentences is 0.700" in texts(found(teacher))


def test_labels_with_other_names(found, of_persons: Path):
    shown = texts(found(of_persons, label_policy="renormalize"))
    assert "warning: Only the teacher has the labels PERSON; only the student has ORG, PER." in shown
    assert "label_map: { PERSON: 'PER' }" in shown
    assert "The student cannot produce" in shown and "PERSON" in shown.split("(kd_lost_mass)")[1]


def test_labels_that_are_refused(found, of_persons: Path):
    *others, last = found(of_persons)
    assert last.level == "error" and "The teacher has labels that the student lacks" in last.text
    assert "label_map: { PERSON: 'PER' }" in texts(others)


def test_labels_of_the_student_alone(found, of_persons: Path):
    shown = texts(found(of_persons, label_map={"PERSON": "PER"}))
    assert "note: Only the student has the labels ORG. It learns them from gold alone." in shown


def test_labels_of_the_teacher_alone(found, folder: Path):
    more = make_archive(
        folder / "more", {"labels": list(bioul.tags(["PER", "LOC", "ORG", "GPE"]))}, type="skd_maxent_tagger"
    )
    shown = texts(found(more, label_policy="renormalize"))
    assert "note: Only the teacher has the labels GPE." in shown and "label_policy: 'renormalize'" in shown


def test_a_store_is_only_looked_at(found, teacher: Path, tmp_path: Path):
    store = tmp_path / "store"
    assert "has 0 of the 30 different sentences" in texts(found(teacher, store=str(store))) and not store.exists()
    allennlp("skd-annotate", teacher, TEXT, "--store", store)
    before = {file: file.stat().st_mtime_ns for file in store.iterdir()}
    shown = texts(found(teacher, store=str(store)))
    assert f"ok: {store} has 12 of the 30 different sentences" in shown and "for the 18 sentences" in shown
    assert {file: file.stat().st_mtime_ns for file in store.iterdir()} == before


def test_a_store_of_another_teacher(found, teacher: Path, of_persons: Path, tmp_path: Path):
    allennlp("skd-annotate", teacher, TEXT, "--store", tmp_path / "store")
    *_, last = found(of_persons, store=str(tmp_path / "store"), label_policy="renormalize")
    assert last.level == "error" and "another" in last.text


def test_a_store_that_is_being_filled(found, teacher: Path, tmp_path: Path, monkeypatch):
    monkeypatch.setattr(Store, "lacks_folds", True)
    *_, last = found(teacher, store=str(tmp_path / "store"))
    assert last.level == "error" and "being filled by `allennlp skd-cross-fit`" in last.text


def test_a_slow_teacher(found, teacher: Path, monkeypatch):
    monkeypatch.setattr(module, "SLOW", 0.0)
    monkeypatch.setattr(module, "LONGEST", 0.0)
    [slow] = [finding for finding in bad(found(teacher)) if "words a second" in finding.text]
    assert slow.level == "note" and slow.remedy.startswith("Name a `store`") and "skd-annotate" in slow.remedy


@pytest.mark.parametrize("store, place", [(None, "in memory, where 0.0 kB are free"), ("store", "on the disk of")])
def test_too_little_room(found, teacher: Path, monkeypatch, tmp_path: Path, store, place):
    monkeypatch.setattr(module, "free_memory", lambda: 0)
    monkeypatch.setattr(module.shutil, "disk_usage", lambda folder: SimpleNamespace(free=0))
    options = {} if store is None else {"store": str(tmp_path / store)}
    [room] = [
        finding
        for finding in bad(found(teacher, **options))
        if "takes about" in finding.text and "free" in finding.text
    ]
    assert room.level == "warning" and place in room.text
    assert ("Name a folder as its `store`" in room.remedy) == (store is None)


@pytest.mark.parametrize("only_labelled, level", [(True, "note"), (False, "error")])
def test_a_teacher_that_says_nothing_about_some_sentences(tmp_path: Path, only_labelled, level):
    overrides = {"train_data_path": {"labelled": "fixtures/ner.conll"}} if only_labelled else {}
    student = build(split_config(params("distilled", overrides).as_dict())[0], str(tmp_path))
    file = tmp_path / "labels.jsonl"
    said = {"words": "We flew from New York City to Lima .".split(), "tags": [{"O": 0.9, "U-LOC": 0.1}] * 9}
    file.write_text(json.dumps(said) + "\n")
    distiller = _distiller(tmp_path, teachers=[{"type": "soft_labels", "file": str(file)}])
    [one] = distiller.settings.teachers
    findings = collected("Teacher", examine_teacher(distiller, one, one.without_store(), student)).findings
    [missing] = [finding for finding in findings if "It says nothing about" in finding.text]
    assert missing.level == level and "Add them to what it has" in missing.remedy
    assert f"about {11 if only_labelled else 23} different sentences of the training data, such as" in missing.text


def test_soft_targets_and_the_memory_that_they_take(student: Experiment, teacher: Path, tmp_path: Path, monkeypatch):
    data = read_data(CONFIG)

    def found(**options: Any):
        distiller = _distiller(tmp_path, teachers=[{"archive": str(teacher)}], **options)
        readings = [one.without_store() for one in distiller.settings.teachers]
        for reading in readings:
            reading.open(student.trainer.cuda_device)
        return texts(targets(distiller, readings, student, data))

    assert found().startswith("ok: The soft targets of all sentences take about ")
    cools = {"type": "linear", "start": 2.0, "end": 1.0}
    assert "computed in each batch" in found(temperature=cools)
    without_text = data._replace(text=type(data.text)(of_entities=True))
    monkeypatch.setattr(targets_module, "MAX_BYTES", 10_000)
    assert "note: The soft targets of all sentences would take about" in found()
    data = without_text
    assert "warning: The interpolation λ is 0 all the time" in found(interpolation=0.0)
