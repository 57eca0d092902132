"""A warning of labels that the vocabulary has from the validation data alone."""

import json

import pytest

from skd_plugin.compat.continuing import STANDALONE
from skd_plugin.training import LabelOrigin
from tests.distillation.runs import prepare

OTHER_TYPE = "Acme\tB-MISC\nleft\tO\n"


@pytest.fixture
def validation_data(tmp_path):
    path = tmp_path / "dev.conll"
    path.write_text(OTHER_TYPE)
    return {"validation_data_path": str(path), "datasets_for_vocab_creation": None}


def warnings(trainer, caplog):
    caplog.clear()
    [callback] = [callback for callback in trainer._callbacks if isinstance(callback, LabelOrigin)]
    callback.on_start(trainer)
    return [record.getMessage() for record in caplog.records if "No training sentence" in record.getMessage()]


def test_labels_of_validation_data_are_warned_of(tmp_path, validation_data, caplog):
    trainer = prepare("tagger", tmp_path, validation_data).trainer
    [message] = warnings(trainer, caplog)
    assert "namespace 'labels', but validation sentences have: B-MISC, I-MISC, L-MISC, U-MISC." in message
    assert "write `datasets_for_vocab_creation: ['train']` in the configuration" in message


def test_also_after_some_instances_were_indexed(tmp_path, validation_data, caplog):
    run = prepare("tagger", tmp_path, validation_data)
    for instance in run.trainer.data_loader.iter_instances():
        instance.index_fields(run.model.vocab)
    assert len(warnings(run.trainer, caplog)) == 1


def test_of_very_many_ten_are_named(tmp_path, validation_data, caplog):
    sentences = "".join(f"a\tB-T{number}\n\n" for number in range(3))
    (tmp_path / "dev.conll").write_text(sentences)
    [message] = warnings(prepare("tagger", tmp_path, validation_data).trainer, caplog)
    assert "have: B-T0, B-T1, B-T2, I-T0, I-T1, I-T2, L-T0, L-T1, L-T2, U-T0, … (12 in all). The" in message


@pytest.mark.parametrize(
    "overrides",
    [
        {"validation_data_path": "fixtures/ner.conll"},
        {"data_loader.max_instances_in_memory": 5, "trainer.learning_rate_scheduler": None},
        {"datasets_for_vocab_creation": ["train"], "dataset_reader.on_unknown_label": "accept"},
    ],
)
def test_otherwise_nothing_is_said(tmp_path, validation_data, caplog, overrides):
    run = prepare("tagger", tmp_path, {**validation_data, **overrides})
    assert warnings(run.trainer, caplog) == []


def test_who_chooses_both_data_sets_is_not_warned(tmp_path, validation_data, caplog):
    (tmp_path / "config.json").write_text(json.dumps({"datasets_for_vocab_creation": ["train", "validation"]}))
    assert warnings(prepare("tagger", tmp_path, validation_data).trainer, caplog) == []


def test_a_model_that_is_continued_has_labels_of_its_own(tmp_path, validation_data, caplog):
    (tmp_path / STANDALONE).write_text("{}")
    assert warnings(prepare("tagger", tmp_path, validation_data).trainer, caplog) == []


def test_without_validation_data_nothing_is_said(tmp_path, caplog):
    run = prepare("tagger", tmp_path, {"validation_data_path": None})
    assert warnings(run.trainer, caplog) == []
