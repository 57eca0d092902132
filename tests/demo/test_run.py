"""The demo in small, from the corpus to the tables and the picture."""

import json
import re
from typing import List

import pytest
import spacy
from allennlp.predictors import Predictor

from demo import run, serving
from demo.output import redirect_output
from demo.tasks import ENTITIES, PARSING, TASKS

pytestmark = pytest.mark.slow

SIZES = {"test": 4, "dev": 4, "labelled": 12, "unlabelled": 20}
# Twelve sentences may lack some tag or relation; with this seed they have all that stand in the others.
SEED = 15

each_task = pytest.mark.parametrize("task", TASKS, ids=lambda task: task.name)


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """The folder of a finished demo."""
    with pytest.MonkeyPatch.context() as patch:
        directory = tmp_path_factory.mktemp("demo")
        patch.chdir(directory)
        run.run(seed=SEED, sizes=SIZES)
    return directory


@pytest.fixture(autouse=True)
def _in_its_folder(finished, monkeypatch):
    monkeypatch.chdir(finished)


def texts(svg: str) -> List[str]:
    """What stands in a picture: displacy names its elements at random."""
    return re.findall(r">([^<>\n]+)<", svg)


def directories(task):
    return {system.name: task.directory(run.DIRECTORY, system) for system in task.systems}


@each_task
def test_it_leaves_models_and_curves(task):
    for directory in directories(task).values():
        curve = json.loads((directory / "curve.json").read_text())
        assert len(curve) > 1 and curve[0]["updates"] < curve[-1]["updates"]
        assert (directory / "model.tar.gz").is_file()


def test_it_leaves_a_picture_and_a_log():
    assert run.PICTURE.is_file() and run.LOG.is_file()


def test_it_leaves_a_pipeline_and_its_drawing_of_a_sentence():
    doc = spacy.load(run.PIPELINE)(serving.SENTENCE)
    assert doc.has_annotation("DEP") and doc.has_annotation("ENT_IOB")
    assert texts(run.PARSE.read_text(encoding="utf-8")) == texts(serving.draw(doc))


@each_task
def test_only_the_distilled_student_was_taught(task):
    metrics = {name: json.loads((path / "metrics.json").read_text()) for name, path in directories(task).items()}
    assert [name for name in metrics if "training_kd_kl" in metrics[name]] == ["distilled"]


@each_task
def test_measurements_are_of_the_trained_models(task):
    teacher, student, distilled = run.measure_all(task)
    assert [m.title for m in (teacher, student, distilled)] == [
        "teacher",
        "student alone",
        "distilled student",
    ]
    assert teacher.parameters > distilled.parameters > student.parameters
    assert all(0 <= m.score <= 1 and m.words_per_second > 0 for m in (teacher, student, distilled))


@pytest.mark.parametrize("task, output", [(ENTITIES, "tags"), (PARSING, "heads")], ids=["entities", "parsing"])
def test_the_distilled_student_predicts_without_being_told_how(task, output):
    with redirect_output(run.LOG):
        predictor = Predictor.from_path(directories(task)["distilled"] / "model.tar.gz")
    assert len(predictor.predict_json({"words": ["Anna", "sang", "."]})[output]) == 3


def test_a_second_demo_starts_afresh_and_spares_what_is_not_its_own(capsys):
    own = [run.DIRECTORY / "notes.txt", run.DIRECTORY / "parsing/notes.txt"]
    for path in own:
        path.write_text("mine")
    run.start_afresh()
    assert "Removing the earlier run" in capsys.readouterr().out
    assert sorted(path for path in run.DIRECTORY.rglob("*") if path.is_file()) == own
