"""From text to a pipeline: distill a student of a teacher, export it, and use only the exported pipeline."""

import json
import re
import shutil
from pathlib import Path

import pytest
import spacy
from allennlp.predictors import Predictor
from spacy.tokens import Doc

from tests.commands import allennlp
from tests.distillation.runs import train as train_in_this_process
from tests.recipes import ENTITIES, SHIPPED_LEARNS, TREES
from tests.recipes import LEARNS as LEARNS_BY_HEART
from tests.serving import run
from tests.trained import check_learned

pytestmark = pytest.mark.slow

LEARNS = {**SHIPPED_LEARNS, "train_data_path.labelled": TREES, "validation_data_path": TREES}
UNUSED = (
    "base58 boto3 botocore cryptography dill h5py lmdb matplotlib more_itertools nltk pytest sentencepiece sklearn "
    "tensorboardX termcolor tokenizers transformers"
)
ANNOTATE = f"""
import json, sys
sys.modules.update(dict.fromkeys({UNUSED.split()!r}))  # as if they were not installed
import spacy
doc = spacy.load(sys.argv[1])("New York City never sleeps. Anna Berg moved to Oslo.")
scores = doc.spans["skd"].attrs["scores"]
print(json.dumps([(span.text, span.label_, score) for span, score in zip(doc.spans["skd"], scores)]))
"""


def test_a_student_is_served_when_all_that_it_came_from_and_does_not_need_is_gone(crf_archive: Path, tmp_path: Path):
    runs = tmp_path / "runs"
    runs.mkdir()
    teacher, student = shutil.copy(crf_archive, runs / "teacher.tar.gz"), runs / "student"
    changes = {
        **LEARNS,
        "train_data_path.unlabelled": "fixtures/unlabelled.txt",
        "trainer.callbacks.0.teachers.0.archive": str(teacher),
    }
    allennlp("train", "training_configs/case_2a_crf_to_maxent.jsonnet", "-s", student, "-o", json.dumps(changes))
    check_learned(student, Path(TREES))
    assert "training_kd_kl" in json.loads((student / "metrics.json").read_text())
    allennlp("skd-export", student / "model.tar.gz", tmp_path / "pipeline", "--sentencizer")
    shutil.rmtree(runs)
    annotations = json.loads(run(tmp_path / "annotate.py", ANNOTATE, tmp_path / "pipeline"))
    assert [(text, label) for text, label, _ in annotations] == [
        ("New York City", "LOC"),
        ("Anna Berg", "PER"),
        ("Oslo", "LOC"),
    ]
    assert all(0.5 < score < 1 + 1e-5 for _, _, score in annotations)


def test_entities_without_a_type(tmp_path: Path):
    """Tags B, I and O, as many biomedical corpora have them, from the file to spaCy."""
    path = tmp_path / "entities.conll"
    path.write_text(re.sub(r"\t([BI])-\w+", r"\t\1", Path(ENTITIES).read_text(encoding="utf-8")), encoding="utf-8")
    learns = {**LEARNS_BY_HEART, "train_data_path": str(path), "validation_data_path": str(path)}
    train_in_this_process("tagger", tmp_path / "run", {**learns, "dataset_reader.entity_type": "DISEASE"})
    metrics = json.loads((tmp_path / "run" / "metrics.json").read_text())
    assert metrics["best_validation_f1-measure-overall"] == metrics["best_validation_f1-measure-DISEASE"] == 1.0
    archive = tmp_path / "run" / "model.tar.gz"
    words = "Anna Berg moved to Oslo last year .".split()
    entities = Predictor.from_path(str(archive)).predict_words(words)["entities"]
    assert [(entity["text"], entity["type"]) for entity in entities] == [("Anna Berg", "DISEASE"), ("Oslo", "DISEASE")]
    nlp = spacy.blank("en")
    nlp.add_pipe("skd_ner", config={"archive": str(archive)})
    doc = nlp(Doc(nlp.vocab, words))
    assert [(entity.text, entity.label_) for entity in doc.ents] == [("Anna Berg", "DISEASE"), ("Oslo", "DISEASE")]
