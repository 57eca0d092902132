"""Vectors of word pieces from a transformer, and their principal components."""

import pytest
import torch
from allennlp.common.checks import ConfigurationError

from skd_plugin.inputs.transformer_vectors import piece_vectors, reduced
from skd_plugin.inputs.vector_file import Vectors
from tests.tiny_transformer import WORD_PIECES, save_tiny_transformer


@pytest.fixture(scope="module")
def transformer(tmp_path_factory):
    from transformers import AutoModel, AutoTokenizer

    folder = save_tiny_transformer(tmp_path_factory.mktemp("bert"))
    return AutoModel.from_pretrained(folder).eval(), AutoTokenizer.from_pretrained(folder)


def test_the_rows_of_the_input_table(transformer):
    vectors = piece_vectors(*transformer)
    assert vectors.table.equal(transformer[0].get_input_embeddings().weight)
    assert len(vectors.table) == len(WORD_PIECES) and '"##d"' in vectors.tokenizer


def test_the_outputs_of_texts_with_one_piece(transformer):
    model, tokenizer = transformer
    vectors = piece_vectors(model, tokenizer, outputs=True)
    for piece in (WORD_PIECES.index("anna"), WORD_PIECES.index("##d")):
        ids = torch.tensor([[tokenizer.cls_token_id, piece, tokenizer.sep_token_id]])
        expected = model(ids).last_hidden_state[0, 1]
        torch.testing.assert_close(vectors.table[piece], expected, rtol=1e-4, atol=1e-5)


def test_principal_components_keep_what_they_say():
    torch.manual_seed(0)
    table = torch.randn(50, 6) @ torch.diag(torch.tensor([5.0, 4, 3, 1, 1, 1])) + 7
    vectors, kept = reduced(Vectors(table, [], "x"), 3)
    centered = table - table.mean(0)
    left, strengths, _ = torch.linalg.svd(centered, full_matrices=False)
    torch.testing.assert_close(vectors.table.abs(), (left * strengths)[:, :3].abs(), rtol=1e-4, atol=1e-4)
    assert kept == pytest.approx((strengths[:3].square().sum() / strengths.square().sum()).item())
    assert vectors.tokenizer == "x"


def test_more_components_than_there_are():
    with pytest.raises(ConfigurationError, match="have 6 numbers, and cannot be reduced to 7"):
        reduced(Vectors(torch.ones(3, 6), []), 7)


def test_a_tokenizer_without_the_library(transformer):
    with pytest.raises(ConfigurationError, match="is of type object, expected one on the library `tokenizers`"):
        piece_vectors(transformer[0], object())
