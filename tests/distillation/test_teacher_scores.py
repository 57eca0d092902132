"""The teachers are scored on the validation data, by the student's metrics, and a student that is better is noticed."""

import json

import pytest
from allennlp.commands.evaluate import evaluate_from_archive

from skd_plugin.distillation.teacher_scores import Comparison
from tests.distillation.runs import prepare, taught_by, train
from tests.recipes import ENTITIES, MANY_STEPS, TREES

ONE_STEP = {"data_loader": {"batch_size": 99}, "trainer.num_epochs": 1, "trainer.learning_rate_scheduler": None}
UNLABELLED = {"unlabelled": "fixtures/unlabelled.txt"}


def scores(run):
    """What the distiller of a run finds out about its teachers at the start."""
    run.trainer._callbacks[0].on_start(run.trainer)
    return run.trainer._callbacks[0]._scores


def logged(directory, what):
    """The lines of a run's log that say this."""
    return [line for line in (directory / "out.log").read_text().splitlines() if what in line]


@pytest.mark.slow
@pytest.mark.parametrize(
    "teacher, student",
    [("crf", "skd_maxent_tagger"), ("crf", "skd_span_ner"), ("span", "skd_crf_tagger"), ("span", "skd_span_ner")],
)
def test_a_teacher_of_entities_gets_the_scores_of_its_own_evaluation(trained, tmp_path, teacher, student):
    archive = trained(teacher)
    overrides = {
        **ONE_STEP,
        **taught_by(archive, label_policy="renormalize"),
        "model.type": student,
        "validation_data_path": "fixtures/ner_dev.conll",
        "vocabulary": {"type": "from_files", "directory": str(archive)},
    }
    [found] = scores(prepare("distilled", tmp_path, overrides))
    own = evaluate_from_archive(archive, "fixtures/ner_dev.conll")
    for name in ("f1-measure-overall", "precision-overall", "recall-overall"):
        assert found[name] == pytest.approx(own[name])
    assert 0 < found["f1-measure-overall"] < 1


@pytest.mark.slow
@pytest.mark.parametrize("student", ["skd_tagging_parser", "skd_biaffine_parser", "skd_second_order_parser"])
def test_a_parser_that_knows_the_trees_by_heart_is_perfect(biaffine, tmp_path, student):
    overrides = {
        **ONE_STEP,
        **taught_by(biaffine, label_policy="renormalize"),
        "model.type": student,
        "validation_data_path": TREES,
    }
    [found] = scores(prepare("distilled_parser", tmp_path, overrides))
    assert found["UAS"] == found["LAS"] == found["LEM"] == 1


@pytest.mark.slow
@pytest.mark.parametrize("validation", [None, UNLABELLED], ids=["none", "without-gold"])
def test_validation_data_without_what_is_needed(crf_teacher, tmp_path, validation):
    overrides = {**ONE_STEP, **taught_by(crf_teacher), "validation_data_path": validation}
    train("distilled", tmp_path, overrides)
    metrics = json.loads((tmp_path / "metrics.json").read_text())
    assert not [name for name in metrics if name.startswith("teacher_")]


@pytest.mark.slow
def test_a_teacher_that_lacks_labels_and_one_that_has_more(crf_teacher, trained, tmp_path):
    people = tmp_path / "people.conll"
    people.write_text("Anna\tB-PER\nBerg\tI-PER\nleft\tO\n\nThanks\tO\n")
    one = train("tagger", tmp_path / "one", {**ONE_STEP, "train_data_path": str(people), "validation_data_path": None})
    assert one is not None
    teachers = taught_by(crf_teacher, tmp_path / "one" / "model.tar.gz", label_policy="renormalize")
    [many, few] = scores(prepare("distilled", tmp_path / "run", {**ONE_STEP, **teachers}))
    assert many.keys() == few.keys()
    assert many["f1-measure-overall"] > few["f1-measure-overall"]


@pytest.mark.slow
def test_a_student_that_is_better_is_noticed_once(trained, tmp_path):
    train("tagger", tmp_path / "bad", {**ONE_STEP, "validation_data_path": None})
    path = str(trained.entities)
    overrides = {
        **MANY_STEPS,
        **taught_by(tmp_path / "bad" / "model.tar.gz", interpolation=0.0),
        "train_data_path": {"labelled": path},
        "validation_data_path": path,
    }
    train("distilled", tmp_path / "run", overrides)
    [warning] = logged(tmp_path / "run", "better than its teacher")
    assert "WARNING" in warning and "+f1-measure-overall is " in warning and "interpolation" in warning
    metrics = json.loads((tmp_path / "run" / "metrics.json").read_text())
    assert metrics["teacher_1_validation_f1-measure-overall"] < metrics["validation_f1-measure-overall"]


@pytest.mark.slow
def test_a_teacher_that_is_better_is_only_mentioned(crf_teacher, tmp_path):
    overrides = {**ONE_STEP, **taught_by(crf_teacher), "validation_data_path": ENTITIES}
    train("distilled", tmp_path, overrides)
    assert not logged(tmp_path, "better than its teacher")
    [mentioned] = logged(tmp_path, "on the validation data, by the student's metrics")
    assert str(crf_teacher) in mentioned and "f1-measure-overall 1" in mentioned


@pytest.mark.parametrize(
    "teachers, tracked, student, noticed",
    [
        ([{"LAS": 0.8}], [(1.0, "LAS")], {"LAS": 0.81}, True),
        ([{"LAS": 0.8}], [(1.0, "LAS")], {"LAS": 0.8}, False),
        ([{"LAS": 0.8}, {"LAS": 0.9}], [(1.0, "LAS")], {"LAS": 0.85}, False),
        ([{"LAS": 0.8}], [(-1.0, "loss")], {"LAS": 0.9, "loss": 2.0}, True),
        ([{"accuracy": 0.9, "f1-measure-overall": 0.5}], [(-1.0, "loss")], {"f1-measure-overall": 0.4}, False),
        ([{"accuracy": 0.9, "f1-measure-overall": 0.5}], [(1.0, "accuracy")], {"accuracy": 0.91}, True),
        ([{"LAS": 0.8, "UAS": 0.9}], [(1.0, "LAS"), (1.0, "UAS")], {"LAS": 0.7, "UAS": 0.95}, False),
        ([{"errors": 3.0}], [(-1.0, "errors")], {"errors": 2.0}, True),
        ([{}], [(1.0, "LAS")], {"LAS": 0.9}, False),
        ([], [(1.0, "LAS")], {"LAS": 0.9}, False),
        ([{"LAS": 0.8}], [(1.0, "LAS")], {}, False),
    ],
)
def test_the_comparison(teachers, tracked, student, noticed):
    assert bool(Comparison(teachers, tracked).warning(student)) == noticed
