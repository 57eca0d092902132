"""The model is built as for a training; steps, metrics and widths are checked before there is any."""

from typing import Any

import pytest

from skd_plugin.doctor import training as module
from skd_plugin.doctor.data import data_of_loaders
from skd_plugin.doctor.experiment import build, split_config
from skd_plugin.doctor.training import training
from tests.distillation.runs import params
from tests.doctor import bad, one


@pytest.fixture
def found(tmp_path, monkeypatch):
    """The findings about the tiny tagger with some overrides."""
    monkeypatch.setattr(module, "FEW_STEPS", 5)

    def run(**overrides: Any):
        config = params("tagger", {name.replace("__", "."): value for name, value in overrides.items()}).as_dict()
        experiment = build(config, str(tmp_path))
        return list(training(experiment, data_of_loaders(config, experiment.training, experiment.validation), config))

    return run


def test_a_good_training(found):
    model, steps, metric = found(trainer__validation_metric="+f1-measure-overall")
    assert model.text.startswith("MaxEntTagger: 1,") and model.text.endswith(" kB")
    assert steps.text == "3 epochs of 3 batches: 9 steps"
    assert metric.text == "The best epoch is that of the best +f1-measure-overall on the validation data"


def test_few_steps_of_accumulated_batches_in_two_processes(found):
    finding = found(trainer__num_gradient_accumulation_steps=2, distributed={"cuda_devices": [-1, -1]})[1]
    assert finding.level == "note"
    assert "3 epochs of 3 batches / 2 that are accumulated on 2 processes: 3 steps, which is few" in finding.text


def test_a_number_of_batches_that_is_not_known(found):
    lazy = {"batch_size": 4, "max_instances_in_memory": 8}
    found_now = found(data_loader=lazy, trainer__learning_rate_scheduler=None)
    assert found_now[1].text == "3 epochs of a number of batches that is not known before"


def test_a_metric_that_does_not_exist(found):
    finding = one(found(trainer__validation_metric="+f1"), "error")
    assert "The validation_metric is '+f1', and the model has no metric 'f1': the training stops" in finding
    assert "f1-measure-overall" in finding


def test_pieces_of_another_transformer():
    def findings(reads):
        indexer, embedder = ({"words": {"type": "a", "model_name": name}} for name in ("bert", reads))
        model = {"text_field_embedder": {"token_embedders": embedder}}
        return list(module._transformers({"dataset_reader": {"token_indexers": indexer}, "model": model}))

    [finding] = findings("roberta")
    assert "The words of `words` are cut into the pieces of bert, and read by roberta." in finding.text
    assert finding.level == "warning" and "the same model_name" in finding.remedy
    assert findings("bert") == []


def test_an_entity_that_is_too_wide(found):
    findings = bad(found(model__type="skd_span_ner", model__span_dim=4, model__max_width=3))
    assert findings[0].level == "error"
    assert "The entity at fixtures/ner.conll:19 has 4 words, and the model's max_width is 3." in findings[0].text
    assert "Set max_width to 4 or more" in findings[0].remedy


def test_what_the_model_itself_refuses(found, monkeypatch):
    def refuse(*arguments, **fields):
        raise RuntimeError("shapes differ")

    monkeypatch.setattr("skd_plugin.models.MaxEntTagger.untempered", refuse)
    assert "RuntimeError: shapes differ" in one(found(), "error")


def test_the_distillers_of_a_config_are_taken_out():
    content = params("distilled", {}).as_dict()
    alone, distillers = split_config(content)
    assert alone["trainer"]["callbacks"] == [] and len(content["trainer"]["callbacks"]) == 1
    assert [one["teachers"] for one in distillers] == [[{"archive": "no/model.tar.gz"}]]
    assert split_config({"trainer": {}}) == ({"trainer": {}}, []) and split_config({}) == ({}, [])
