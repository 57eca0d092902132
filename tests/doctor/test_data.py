"""The data of a config is read from its files or from loaders that have read it, and its sizes are said."""

import pytest
from allennlp.common.checks import ConfigurationError

from skd_plugin.doctor.data import data_of_loaders, read_data, sizes
from skd_plugin.doctor.experiment import build, split_config
from tests.distillation.runs import CONFIGS, evaluated
from tests.doctor import bad, data, one

SENTENCE = ("Anna moved", "U-PER O")
CONFIG = {
    "dataset_reader": {"type": "skd_conll_ner"},
    "train_data_path": {"labelled": "fixtures/ner.conll", "unlabelled": "fixtures/unlabelled.txt"},
    "validation_data_path": "fixtures/ner_dev.conll",
}


def test_it_is_read_from_files():
    read = read_data(CONFIG)
    assert (read.labelled.sentences, read.text.sentences, read.validation.sentences) == (12, 12, 6)
    assert read.sentences == 30 and read.label_noun == "entities"
    assert list(read.text.files) == ["fixtures/unlabelled.txt"]


@pytest.mark.parametrize("config", ["distilled", "distilled_parser"])
@pytest.mark.parametrize("loader", [{"batch_size": 4}, {"type": "skd_streaming", "batch_size": 4}])
def test_loaders_have_the_same(config, loader, tmp_path):
    content, _ = split_config(evaluated(CONFIGS / f"{config}.jsonnet"))
    content["data_loader"] = loader
    experiment = build(content, str(tmp_path))
    ours = data_of_loaders(content, experiment.training, experiment.validation)
    theirs = read_data(content)
    for name in ("labelled", "text", "validation"):
        assert vars(getattr(ours, name)) == vars(getattr(theirs, name)), name


def test_indexers_are_not_needed_to_read():
    transformer = {"tokens": {"type": "pretrained_transformer_mismatched", "model_name": "no/such/model"}}
    read = read_data({**CONFIG, "dataset_reader": {"type": "skd_conll_ner", "token_indexers": transformer}})
    assert read.labelled.sentences == 12


def test_a_part_of_a_config_is_refused():
    with pytest.raises(
        ConfigurationError, match="The config has no dataset_reader and no train_data_path. Give one that"
    ):
        read_data({})


def test_readers_of_others_are_not_looked_into():
    assert read_data({**CONFIG, "dataset_reader": "sequence_tagging"}) is None


def test_sizes_of_good_data():
    many = [SENTENCE] * 100
    texts = [finding.text for finding in sizes(data(many, ["more text"], many))]
    assert texts == [
        "Labelled training data: 100 sentences, 200 words, 100 entities (a.conll)",
        "Text without labels: 1 sentence, 2 words (text.txt)",
        "Validation data: 100 sentences, 200 words, 100 entities (dev.conll)",
    ]


def test_no_labelled_data_and_no_validation_data():
    labelled, validation = bad(sizes(data([], ["more text"])))
    assert labelled.text == "Labelled training data: none" and '"labelled"' in labelled.remedy
    assert validation.level == "warning" and "There is no validation data" in validation.text


def test_few_validation_sentences():
    assert "hard to tell from 1 validation sentence." in one(sizes(data([SENTENCE], [], [SENTENCE])), "note")


def test_validation_sentences_without_labels():
    found = one(sizes(data([SENTENCE], [], [SENTENCE, ("no gold", None)])), "warning")
    assert "1 of the 2 validation sentences are without labels" in found


def test_long_sentences_are_located():
    long = "a " * 200
    found = one(sizes(data([SENTENCE], [long], [SENTENCE] * 100)), "note")
    assert "Longer than 150 words: 1 sentence of text.txt; the longest has 200, at text.txt:1." in found
