"""The ids of words, and how they are padded."""

import copy
import pickle
from typing import List
from unittest.mock import patch

import torch
from allennlp.data import Batch, Instance, Token, Vocabulary
from allennlp.data.fields import ListField, TextField
from allennlp.nn.util import get_text_field_mask

from skd_plugin.inputs import WordFeatures, WordFeaturesIndexer
from skd_plugin.inputs.entries import add_entries
from skd_plugin.inputs.vector_file import Vectors
from tests.inputs import samples

VECTORS = Vectors(torch.ones(len(samples.PIECES), 2), [], samples.tokenizer().to_str())


def field(words: List[str], indexer: WordFeaturesIndexer) -> TextField:
    return TextField([Token(word) for word in words], {"words": indexer})


def vocabulary(indexer: WordFeaturesIndexer) -> Vocabulary:
    return Vocabulary.from_instances([Instance({"text": field(words, indexer)}) for words in samples.SENTENCES])


def tensors(sentences, indexer, vocab):
    batch = Batch([Instance({"text": field(words, indexer)}) for words in sentences])
    batch.index_instances(vocab)
    return batch.as_tensor_dict()["text"]


def test_ids_are_those_of_the_vocabulary():
    indexer = WordFeaturesIndexer()
    vocab, features = vocabulary(indexer), WordFeatures()
    sentences = [["Oslo", "xyzXYZ"], ["moved"]]
    ids = tensors(sentences, indexer, vocab)["words"]["features"]
    assert ids.shape == (2, 2, 6)
    for row, words in zip(ids, sentences):
        for word_ids, word in zip(row, words):
            pairs = zip(features(word), features.namespaces)
            assert word_ids.tolist() == [vocab.get_token_index(feature, namespace) for feature, namespace in pairs]
    assert ids[0, 1].eq(1).all(), "an unknown word has unknown features"
    assert ids[1, 1].eq(0).all(), "padding"


def test_pieces_are_those_of_the_tokenizer_and_padded():
    indexer = WordFeaturesIndexer()
    vocab = vocabulary(indexer)
    add_entries(VECTORS, vocab, "static_vectors")
    words = ["Oslo", "to", "\u200b", "moved."]
    ids = tensors([words, ["to"]], indexer, vocab)["words"]
    expected = [[piece + 1 for piece in samples.tokenizer().encode(word).ids] for word in words]
    assert [[index for index in row if index] for row in ids["entries"][0].tolist()] == expected
    assert ids["entries"].shape == (2, 4, 3)
    assert get_text_field_mask({"words": ids}).tolist() == [[True] * 4, [True, False, False, False]]


def test_a_sentence_whose_words_have_no_entries():
    indexer = WordFeaturesIndexer()
    vocab = vocabulary(indexer)
    add_entries(Vectors(torch.ones(1, 2), ["oslo"]), vocab, "static_vectors")
    assert tensors([["x", "y"]], indexer, vocab)["words"]["entries"].tolist() == [[[0], [0]]]
    assert tensors([["OSLO", "y"]], indexer, vocab)["words"]["entries"].tolist() == [[[2], [0]]]


def test_a_word_is_computed_once_for_a_vocabulary_and_again_when_it_grows():
    indexer = WordFeaturesIndexer()
    vocab = vocabulary(indexer)
    with patch.object(WordFeatures, "__call__", autospec=True, side_effect=WordFeatures.__call__) as computed:
        before = tensors([["Oslo", "new", "Oslo"], ["Oslo"]], indexer, vocab)["words"]["features"]
        assert computed.call_count == 2
        vocab.add_token_to_namespace("new", "words")
        after = tensors([["Oslo", "new", "Oslo"], ["Oslo"]], indexer, vocab)["words"]["features"]
        assert computed.call_count == 4
    assert before[0, 1, 0] == 1 and after[0, 1, 0] == vocab.get_token_index("new", "words") > 1
    other = vocabulary(indexer)
    assert tensors([["new"]], indexer, other)["words"]["features"][0, 0, 0] == 1


def test_copies_index_alike():
    indexer = WordFeaturesIndexer([1], [2])
    vocab = vocabulary(indexer)
    expected = tensors(samples.SENTENCES, indexer, vocab)["words"]["features"]
    for other in (pickle.loads(pickle.dumps(indexer)), copy.deepcopy(indexer)):
        assert tensors(samples.SENTENCES, other, vocab)["words"]["features"].equal(expected)


def test_lists_of_texts_are_padded_too():
    indexer = WordFeaturesIndexer(token_min_padding_length=3)
    vocab = vocabulary(indexer)
    add_entries(VECTORS, vocab, "static_vectors")
    lists = [[["Oslo"], ["to", "Oslo"]], [["moved"]]]
    batch = Batch([Instance({"text": ListField([field(words, indexer) for words in texts])}) for texts in lists])
    batch.index_instances(vocab)
    ids = batch.as_tensor_dict()["text"]["words"]
    assert ids["features"].shape == (2, 2, 3, 6) and ids["entries"].shape == (2, 2, 3, 2)
    assert ids["features"][1, 1].eq(0).all() and ids["entries"][1, 1].eq(0).all()
