"""Which entries of a table a word has, from the vocabulary alone."""

import base64
import json
import zlib
from pathlib import Path

import pytest
import torch
from allennlp.common.checks import ConfigurationError
from allennlp.data import Vocabulary

from skd_plugin.inputs.entries import MAX_PIECES, add_entries, description_in, entries_in
from skd_plugin.inputs.vector_file import Vectors
from tests.inputs import samples

WORDS = Vectors(torch.ones(3, 2), ["Oslo", "oslo", "to"])
PIECES = Vectors(torch.ones(len(samples.PIECES), 2), [], samples.tokenizer().to_str())


def saved_and_loaded(vocab: Vocabulary, folder: Path) -> Vocabulary:
    vocab.save_to_files(str(folder))
    return Vocabulary.from_files(str(folder))


def test_a_word_is_looked_up_as_it_is_and_in_lower_case(tmp_path: Path):
    vocab = Vocabulary()
    assert add_entries(WORDS, vocab, "vectors") == [2, 3, 4]
    entries = entries_in(saved_and_loaded(vocab, tmp_path), "vectors")
    assert [tuple(entries(word)) for word in ("Oslo", "OSLO", "To", "from")] == [(2,), (3,), (4,), ()]
    assert description_in(vocab, "vectors").rows == 5


def test_word_pieces_are_those_of_the_tokenizer_that_was_saved(tmp_path: Path):
    vocab = Vocabulary()
    assert add_entries(PIECES, vocab, "vectors") == list(range(1, len(samples.PIECES) + 1))
    entries = entries_in(saved_and_loaded(vocab, tmp_path), "vectors")
    pieces = [[samples.PIECES[entry - 1] for entry in entries(word)] for word in ("OSLO", "moved.", "x", "Anna's")]
    assert pieces == [["os", "##lo"], ["mov", "##ed", "."], ["[UNK]"], ["anna", "'", "s"]]
    assert len(entries("." * 1000)) == MAX_PIECES


def test_a_tokenizer_that_expands_without_limit():
    bomb = json.dumps({"rows": 2, "dim": 1, "tokenizer": base64.b64encode(zlib.compress(bytes(1 << 20))).decode()})
    vocab = Vocabulary(tokens_to_add={"vectors_format": [bomb]})
    with pytest.raises(ConfigurationError, match="expands without limit. Do not use the model"):
        entries_in(vocab, "vectors")


def test_a_vocabulary_without_vectors():
    assert entries_in(Vocabulary(), "vectors") is None


def test_the_same_entries_are_added_once_and_others_refused():
    vocab = Vocabulary()
    assert add_entries(WORDS, vocab, "vectors") == add_entries(WORDS, vocab, "vectors")
    add_entries(PIECES, vocab, "others")
    with pytest.raises(ConfigurationError, match="has the entries of other static vectors in the namespace 'vectors'"):
        add_entries(PIECES, vocab, "vectors")
