"""The vector of a word is the mean of its entries' in the file, through a linear layer."""

from pathlib import Path

import numpy as np
import pytest
import torch
from allennlp.common.checks import ConfigurationError
from allennlp.data import Vocabulary

from skd_plugin.inputs import StaticVectors
from skd_plugin.inputs.vector_file import read_vectors
from tests.inputs import samples


def test_means_of_word_pieces_by_the_formula(tmp_path: Path):
    path = samples.piece_file(tmp_path)
    vectors = StaticVectors(Vocabulary(), path, output_dim=3)
    table = read_vectors(path).table.double().numpy()
    table /= np.sqrt((table**2).mean())
    expected = np.stack([table[5:7].mean(0), table[4], np.zeros(samples.DIM)])
    projected = expected @ vectors.projection.weight.detach().double().numpy().T
    found = vectors(torch.tensor([[6, 7, 0], [5, 0, 0], [0, 0, 0]]))
    # Half a step of each whole number.
    torch.testing.assert_close(found.detach().double(), torch.from_numpy(projected), rtol=0, atol=2e-2)
    assert found[2].eq(0).all(), "a word without entries adds nothing"


def test_the_table_is_not_trained(tmp_path: Path):
    vectors = StaticVectors(Vocabulary(), samples.piece_file(tmp_path))
    assert [name for name, _ in vectors.named_parameters()] == ["projection.weight"]
    assert {name: value.dtype for name, value in vectors.named_buffers()} == {"table": torch.int8, "scale": torch.float}


def test_whole_numbers_are_as_exact_as_their_steps(tmp_path: Path):
    path = samples.piece_file(tmp_path)
    vectors, table = StaticVectors(Vocabulary(), path), read_vectors(path).table.float()
    error = (vectors.table[1:] * vectors.scale - table / table.square().mean().sqrt()).abs()
    assert (error <= 0.501 * vectors.scale).all() and vectors.table[0].eq(0).all()
    assert vectors.table.abs().amax(0).eq(127).all()


def test_without_a_file_the_vocabulary_says_the_sizes(tmp_path: Path):
    vocab = Vocabulary()
    first = StaticVectors(vocab, samples.word_file(tmp_path))
    second = StaticVectors(vocab)
    assert second.table.shape == first.table.shape == (5, 2)
    with pytest.raises(ConfigurationError, match="names no file, and the vocabulary has no static vectors"):
        StaticVectors(Vocabulary())


def test_words_that_the_vocabulary_has_already_keep_their_places(tmp_path: Path):
    vocab = Vocabulary(tokens_to_add={"static_vectors": ["zebra", "anna"]})
    vectors = StaticVectors(vocab, samples.word_file(tmp_path, "oslo 1 0", "anna 0 1"))
    assert vocab.get_token_index("anna", "static_vectors") == 3
    assert vectors.table.ne(0).tolist() == [[False] * 2] * 3 + [[False, True], [True, False]]
