"""The reader `skd_text`."""

import pytest
from allennlp.common import Params
from allennlp.common.checks import ConfigurationError
from allennlp.data import DatasetReader

from skd_plugin.data import Text


def read(path, **options):
    instances = DatasetReader.from_params(Params({"type": "skd_text", **options})).read(path)
    return [(i["metadata"]["words"], i["tags"].labels) for i in instances]


def test_words_between_spaces():
    sentences = read("fixtures/unlabelled.txt")
    assert len(sentences) == 12
    assert sentences[10] == (["Thanks", "!"], [-1, -1])


def test_rules_of_a_language(tmp_path):
    path = tmp_path / "f.txt"
    path.write_text("Didn't  she\u00a0call?\n\nNo.\n")
    words = [words for words, _ in read(str(path), tokenizer="en")]
    assert words == [["Did", "n't", "she", "call", "?"], ["No", "."]]


def test_unknown_language():
    with pytest.raises(ConfigurationError, match="`tokenizer` is 'xq', expected 'spaces' or a language code"):
        Text(tokenizer="xq")


def test_labelled_data_is_refused():
    with pytest.raises(ConfigurationError, match='reads text without labels. Name it under "unlabelled"'):
        read({"labelled": "fixtures/unlabelled.txt"})
