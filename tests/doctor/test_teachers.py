"""What is said of a teacher before its student learns from it. The models have random weights."""

import json
import re
from pathlib import Path

import pytest

from skd_plugin.doctor import teachers as module
from skd_plugin.doctor.collecting import collected
from skd_plugin.doctor.experiment import build, split_config
from skd_plugin.doctor.teachers import examine_teacher
from skd_plugin.structures import bioul
from tests.distillation.runs import params
from tests.doctor import distiller_of, texts
from tests.untrained import make_archive


def test_a_teacher_that_fits(found, teacher: Path):
    shown = texts(found(teacher))
    assert "ok: CrfTagger: " in shown and "ok: It has the student's 3 labels" in shown
    assert "ok: The student can produce all that it says" in shown
    assert re.search(
        r"It reads about [\d,]+ words a second, and takes .* for the 30 sentences that it has still", shown
    )
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


@pytest.mark.parametrize("only_labelled, level", [(True, "note"), (False, "error")])
def test_a_teacher_that_says_nothing_about_some_sentences(tmp_path: Path, only_labelled, level):
    overrides = {"train_data_path": {"labelled": "fixtures/ner.conll"}} if only_labelled else {}
    student = build(split_config(params("distilled", overrides).as_dict())[0], str(tmp_path))
    file = tmp_path / "labels.jsonl"
    said = {"words": "We flew from New York City to Lima .".split(), "tags": [{"O": 0.9, "U-LOC": 0.1}] * 9}
    file.write_text(json.dumps(said) + "\n")
    distiller = distiller_of(tmp_path, teachers=[{"type": "soft_labels", "file": str(file)}])
    [one] = distiller.settings.teachers
    findings = collected("Teacher", examine_teacher(distiller, one, one.without_store(), student)).findings
    [missing] = [finding for finding in findings if "It says nothing about" in finding.text]
    assert missing.level == level and "Add them to what it has" in missing.remedy
    assert f"about {11 if only_labelled else 23} different sentences of the training data, such as" in missing.text
