"""Words are embedded alike wherever they are, and each of them once in training."""

from pathlib import Path
from unittest.mock import patch

import pytest
import torch
from allennlp.common import Params
from allennlp.common.checks import ConfigurationError
from allennlp.data import Vocabulary
from allennlp.modules import TokenEmbedder

from skd_plugin.inputs import WordFeaturesEmbedder
from skd_plugin.serving.model.indexing import Sentence, index_sentences
from tests.inputs import samples


@pytest.fixture(params=["features", "pieces"])
def made(request: pytest.FixtureRequest, tmp_path: Path):
    reader = samples.reader()
    file = samples.piece_file(tmp_path) if request.param == "pieces" else None
    return samples.model(samples.counted(reader), file), reader


def embedder_of(model) -> WordFeaturesEmbedder:
    return model.text_field_embedder.token_embedder_words


def test_computed_once_is_what_computing_each_word_gives(made):
    model, reader = made
    tokens = index_sentences([Sentence(words) for words in samples.SENTENCES], reader, model.vocab).tokens
    ways = {}
    for training in (True, False):
        model.zero_grad()
        vectors = model.train(training).text_field_embedder(tokens)
        weights = torch.linspace(-1, 1, vectors.numel()).view_as(vectors)
        (vectors * weights).sum().backward()
        gradients = {name: weight.grad.clone() for name, weight in model.text_field_embedder.named_parameters()}
        ways[training] = {"vectors": vectors, **gradients}
    assert ways[True].keys() == ways[False].keys()
    for name, value in ways[True].items():
        torch.testing.assert_close(
            value, ways[False][name], rtol=1e-4, atol=1e-5, msg=lambda text, name=name: name + text
        )


def test_each_word_of_a_batch_is_computed_once_in_training(made):
    model, reader = made
    model.train()
    with patch.object(embedder_of(model).mix, "forward", wraps=embedder_of(model).mix.forward) as mixed:
        samples.embedded(model, reader, samples.SENTENCES)
    kinds = {word for words in samples.SENTENCES for word in words}
    assert len(mixed.call_args.args[0]) == len(kinds) + 1, "the padding is one more"


@pytest.mark.parametrize("training", [True, False])
def test_other_sentences_of_the_batch_change_nothing(made, training: bool):
    model, reader = made
    model.train(training)
    together = samples.embedded(model, reader, samples.SENTENCES)
    for words, vectors in zip(samples.SENTENCES, together):
        [alone] = samples.embedded(model, reader, [words])
        torch.testing.assert_close(vectors, alone)
        assert vectors.shape == (len(words), 7)


def test_dropout_is_for_each_word_of_the_text():
    vocab = Vocabulary({"words": {"a": 1}})
    embedder = WordFeaturesEmbedder(vocab, dropout=0.5).train()
    vectors = embedder(torch.ones(1, 2, 6, dtype=torch.long))
    assert not vectors[0, 0].equal(vectors[0, 1])
    assert embedder.eval()(torch.ones(1, 2, 6, dtype=torch.long))[0].unique(dim=0).shape[0] == 1


def test_new_words_are_added_behind_the_old_ones(made):
    model, reader = made
    before = samples.embedded(model, reader, samples.SENTENCES)
    model.vocab.add_token_to_namespace("zebra", "words")
    model.extend_embedder_vocab()
    for old, new in zip(before, samples.embedded(model, reader, samples.SENTENCES)):
        torch.testing.assert_close(old, new)
    assert embedder_of(model).tables["words"].weight.shape[0] == model.vocab.get_vocab_size("words")


def test_features_of_another_indexer():
    embedder = WordFeaturesEmbedder(Vocabulary(), prefixes=[1])
    with pytest.raises(
        ConfigurationError, match="gives 6 features of a word, and the embedder of this name has 5: words"
    ):
        embedder(torch.ones(1, 2, 6, dtype=torch.long))


def test_vectors_without_their_indexer(tmp_path: Path):
    model = samples.model(samples.counted(samples.reader()), samples.word_file(tmp_path))
    with pytest.raises(ConfigurationError, match="Give the indexer, as `vectors_namespace`, the `namespace`"):
        embedder_of(model)(torch.ones(1, 2, 6, dtype=torch.long))


def test_an_unknown_option_is_named():
    params = Params({"type": "skd_word_features", "affixes": [1]})
    with pytest.raises(ConfigurationError, match=r"has no option `affixes` \(given as \[1\]\). Its options are"):
        TokenEmbedder.from_params(params, vocab=Vocabulary())


def test_tables_begin_alike_whether_new_or_extended():
    vocab = Vocabulary(tokens_to_add={"words": [str(number) for number in range(500)]})
    embedder = WordFeaturesEmbedder(vocab)
    vocab.add_tokens_to_namespace([str(number) for number in range(500, 1000)], "words")
    table = embedder.tables["words"]
    table.extend_vocab(vocab)
    assert table.weight.shape == (1002, 64) and table.weight.requires_grad
    assert table.weight[0].eq(0).all(), "padding"
    assert table.weight[1:502].std().item() == pytest.approx(table.weight[502:].std().item(), rel=0.05)
