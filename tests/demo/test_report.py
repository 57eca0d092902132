"""The table is aligned and says what distillation gained, also when it gained nothing."""

import re
from pathlib import Path

from demo.measure import Measurement
from demo.report import closing, gain, table
from demo.tasks import ENTITIES, PARSING
from tests import PROJECT_ROOT

TEACHER = Measurement("teacher", 0.80, 123456, 4321.5)
ALONE = Measurement("student alone", 0.60, 23456, 54321.0)
DISTILLED = Measurement("distilled student", 0.70, 34567, 54000.0)


def test_table():
    assert table(ENTITIES, [TEACHER, ALONE, DISTILLED]).splitlines() == [
        "                    test F1   parameters   words/s (1 thread)",
        "-------------------------------------------------------------",
        "teacher                80.0      123,456                4,322",
        "student alone          60.0       23,456               54,321",
        "distilled student      70.0       34,567               54,000",
        "",
        "Distillation changed the student by +10.0 points of F1: 50% of its distance to the teacher.",
    ]


def test_each_task_has_its_metric():
    text = table(PARSING, [TEACHER, ALONE, DISTILLED])
    assert "test LAS" in text and "points of LAS" in text and "F1" not in text


def test_a_loss_is_reported_as_one():
    assert "by -5.0 points of F1: -25% of" in gain(ENTITIES, [TEACHER, ALONE, DISTILLED._replace(score=0.55)])


def test_a_weak_teacher_is_named():
    assert "the teacher was no better" in gain(PARSING, [TEACHER._replace(score=0.5), ALONE, DISTILLED])


def test_closing_says_where_things_are():
    text = closing(Path("runs/demo"), Path("runs/demo/curves.png"), Path("runs/demo/log.txt"), 61.4)
    assert "Took 61 s" in text and "runs/demo/curves.png" in text
    assert "synthetic" in text and "allennlp predict runs/demo/parsing/distilled/model.tar.gz" in text


def test_closing_names_files_that_exist():
    text = closing(Path("runs/demo"), Path("runs/demo/curves.png"), Path("runs/demo/log.txt"), 61.4)
    named = re.findall(r"\b(?:demo|docs)/\S+", text.replace("runs/demo/", "runs/"))
    assert len(named) == 2 and all((PROJECT_ROOT / path).is_file() for path in named)
