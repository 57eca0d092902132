"""From text to a pipeline: train a teacher, distill a student, export it, and use only the exported pipeline."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.commands import allennlp
from tests.recipes import SHIPPED_LEARNS, TREES
from tests.serving import run
from tests.trained import check_learned

pytestmark = pytest.mark.slow

LEARNS = {**SHIPPED_LEARNS, "train_data_path.labelled": TREES, "validation_data_path": TREES}
ANNOTATE = """
import json, sys
import spacy
doc = spacy.load(sys.argv[1])("New York City never sleeps. Anna Berg moved to Oslo.")
scores = doc.spans["skd"].attrs["scores"]
print(json.dumps([(span.text, span.label_, score) for span, score in zip(doc.spans["skd"], scores)]))
"""


def train(config: str, directory: Path, **overrides: Any) -> Path:
    allennlp("train", f"training_configs/{config}.jsonnet", "-s", directory, "-o", json.dumps({**LEARNS, **overrides}))
    return directory / "model.tar.gz"


def test_a_student_is_served_when_all_that_it_came_from_is_gone(tmp_path: Path):
    teacher = train("teachers/crf_ner", tmp_path / "runs" / "teacher")
    student = train(
        "case_2a_crf_to_maxent",
        tmp_path / "runs" / "student",
        **{
            "train_data_path.unlabelled": "fixtures/unlabelled.txt",
            "trainer.callbacks.0.teachers.0.archive": str(teacher),
        },
    )
    check_learned(student.parent, Path(TREES))
    assert "training_kd_kl" in json.loads((student.parent / "metrics.json").read_text())
    allennlp("skd-export", student, tmp_path / "pipeline", "--sentencizer")
    shutil.rmtree(tmp_path / "runs")
    annotations = json.loads(run(tmp_path / "annotate.py", ANNOTATE, tmp_path / "pipeline"))
    assert [(text, label) for text, label, _ in annotations] == [
        ("New York City", "LOC"),
        ("Anna Berg", "PER"),
        ("Oslo", "LOC"),
    ]
    assert all(0.5 < score < 1 + 1e-5 for _, _, score in annotations)
