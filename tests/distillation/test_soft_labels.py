"""A file of soft labels teaches in `allennlp train`: a parser, with what ten lines of plain Python have written."""

import json
import logging
import subprocess
import sys
from pathlib import Path

import pytest
from allennlp.common.checks import ConfigurationError

from skd_plugin.data import ConllNer
from skd_plugin.data.readers.text import Text
from tests import PROJECT_ROOT
from tests.distillation.runs import assert_same_weights, epochs, train, weights
from tests.documents import blocks
from tests.recipes import ENTITIES, MANY_STEPS, TREES

pytestmark = pytest.mark.slow

TEXT = "fixtures/unlabelled.txt"


def taught_by_file(path, **distiller):
    teachers = [{"type": "soft_labels", "file": str(path)}]
    return {"trainer.callbacks": [{"type": "skd_distiller", "teachers": teachers, **distiller}]}


@pytest.fixture
def warned():
    messages, handler = [], logging.Handler(logging.WARNING)
    handler.emit = lambda record: messages.append(record.getMessage())
    logging.getLogger("skd_plugin").addHandler(handler)
    yield messages
    logging.getLogger("skd_plugin").removeHandler(handler)


def test_ten_lines_of_python_teach_a_parser(tmp_path):
    [program] = blocks(PROJECT_ROOT / "docs/soft_labels.md", "py")
    assert len(program.strip().split("\n")) <= 12
    (tmp_path / "write.py").write_text(program, encoding="utf-8")
    with (tmp_path / "soft.jsonl").open("w") as file:
        subprocess.run([sys.executable, "-I", tmp_path / "write.py", TREES], stdout=file, check=True)
    overrides = {
        **taught_by_file(tmp_path / "soft.jsonl", interpolation=1.0),
        **MANY_STEPS,
        "train_data_path": {"labelled": TREES},
        "model.type": "skd_biaffine_parser",
        "model.arc_dim": 8,
        "model.relation_dim": 6,
    }
    train("distilled_parser", tmp_path / "run", overrides)
    first, *_, last = epochs(tmp_path / "run")
    # Its own metrics know gold trees alone, whose heads the file believes most.
    assert last["training_kd_kl"] < 0.5 * first["training_kd_kl"]
    assert last["teacher_1_validation_LAS"] == 1.0


def sentences():
    labelled = [(list(one.words), list(one.tags)) for one in ConllNer().read_sentences(ENTITIES)]
    text = [(list(one.words), ["O"] * len(one.words)) for one in Text().read_sentences({"unlabelled": TEXT})]
    return labelled, text


def written(path: Path, some) -> Path:
    lines = [json.dumps({"words": words, "tags": [{tag: 1} for tag in tags]}) for words, tags in some]
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def test_a_file_that_lacks_the_validation_sentences_is_not_scored_there(tmp_path, warned):
    labelled, text = sentences()
    path = written(tmp_path / "soft.jsonl", labelled + text)
    data = {"validation_data_path": "fixtures/ner_dev.conll"}
    train("distilled", tmp_path / "run", {**taught_by_file(path), **data})
    metrics = epochs(tmp_path / "run")[-1]
    assert metrics["training_kd_kl"] >= 0 and not any(name.startswith("teacher_1") for name in metrics)
    [message] = (message for message in warned if "is not scored" in message)
    assert "because it says nothing about" in message


@pytest.mark.parametrize("model", ["skd_maxent_tagger", "skd_crf_tagger"])
def test_labelled_sentences_that_the_file_lacks_are_learned_from_gold_alone(tmp_path, warned, model):
    """That is what they learn from gold labels in the file, too, whatever λ is."""
    labelled, text = sentences()
    for name, some in (("lacking", text), ("complete", labelled + text)):
        path = written(tmp_path / f"{name}.jsonl", some)
        train("distilled", tmp_path / name, {**taught_by_file(path, interpolation=0.5), "model.type": model})
    ours, theirs = (weights(tmp_path / name / "model.tar.gz") for name in ("lacking", "complete"))
    assert_same_weights(ours, theirs, tolerance=1e-4)
    [message] = (message for message in warned if "learned from these alone" in message)
    assert f"says nothing about {len(labelled)} different training sentences. They have gold" in message


def test_a_file_that_lacks_sentences_without_gold_is_refused_at_the_beginning(tmp_path):
    labelled, text = sentences()
    path = written(tmp_path / "soft.jsonl", labelled + text[3:])
    message = "soft.jsonl says nothing about 3 different sentences of the data: '.*'; '.*'; '.*'. It finds"
    with pytest.raises(ConfigurationError, match=message):
        train("distilled", tmp_path / "run", taught_by_file(path))
    assert not list((tmp_path / "run").glob("metrics_epoch_*"))


def test_a_file_that_has_no_training_sentence_is_refused(tmp_path):
    path = written(tmp_path / "soft.jsonl", [(["other"], ["O"])])
    overrides = {**taught_by_file(path), "train_data_path": {"labelled": ENTITIES}}
    with pytest.raises(ConfigurationError, match="no training sentences that a teacher could read"):
        train("distilled", tmp_path / "run", overrides)
