"""The share of words that a model does not know."""

import pytest
import torch
from allennlp.data import Vocabulary
from allennlp.data.token_indexers import SingleIdTokenIndexer, TokenCharactersIndexer

from skd_plugin.data import ConllNer
from skd_plugin.doctor.vocabulary import coverage, unknown_words, words_with_vectors
from skd_plugin.inputs import WordFeaturesIndexer
from skd_plugin.inputs.entries import add_entries
from skd_plugin.inputs.vector_file import Vectors
from tests.doctor import bad, data, one, part

VALIDATION = part([("Anna moved far away", None)])
LOWER = SingleIdTokenIndexer(lowercase_tokens=True)


def read_with(indexer):
    return data([], ["anna anna"], [("Anna moved far away", None)])._replace(
        reader=ConllNer(token_indexers={"words": indexer})
    )


@pytest.mark.parametrize(
    "indexer, namespace, share",
    [
        (SingleIdTokenIndexer(), "tokens", 0.75),
        (LOWER, "tokens", 0.5),
        (WordFeaturesIndexer(), "words", 0.5),
        (TokenCharactersIndexer(min_padding_length=3), "token_characters", None),
        (SingleIdTokenIndexer(feature_name="pos_", default_value="_"), "tokens", None),
    ],
)
def test_unknown_words(indexer, namespace, share):
    vocab = Vocabulary(tokens_to_add={namespace: ["anna", "moved"]})
    assert unknown_words(VALIDATION, indexer, vocab) == share


def test_many_unknown_words_are_read_as_one():
    vocab = Vocabulary(tokens_to_add={"tokens": ["anna", "moved"]})
    found = one(coverage(read_with(LOWER), vocab, "student"), "warning")
    assert "Words that the student's vocabulary lacks: 50.0% of the validation data and 0.0% of the text." in found
    assert "skd_word_features" in found


def test_all_words_known():
    vocab = Vocabulary(tokens_to_add={"tokens": ["anna", "moved", "far", "away"]})
    assert not bad(coverage(read_with(LOWER), vocab, "model"))


def test_a_model_without_vectors_reads_letters():
    vocab = Vocabulary(tokens_to_add={"words": ["anna"]})
    reads, vectors = coverage(read_with(WordFeaturesIndexer()), vocab, "student")
    assert reads.level == "ok" and "75.0% of the validation data" in reads.text and "last letters" in reads.text
    assert vectors.level == "note" and "allennlp skd-vectors" in vectors.remedy


def test_words_that_have_a_vector():
    vocab = Vocabulary(tokens_to_add={"words": ["anna"]})
    add_entries(Vectors(torch.zeros(2, 3), ["anna", "moved"]), vocab, "static_vectors")
    indexer = WordFeaturesIndexer()
    assert words_with_vectors(VALIDATION, indexer, vocab) == 0.5
    found = one(coverage(read_with(indexer), vocab, "student"), "warning")
    assert "Only 50.0% of the words in the validation data have a static vector." in found
