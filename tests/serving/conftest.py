"""Tiny archives of every kind that a component serves, trained once on the fixtures until they know something."""

from pathlib import Path
from typing import Any, Callable

import pytest

from tests.distillation.runs import train
from tests.tiny_transformer import save_tiny_transformer

Trained = Callable[..., Path]

# Validation is on the training data, so that the best epoch finds the annotations of the fixtures.
LEARNS = {
    "model.encoder.hidden_size": 10,
    "model.dropout": 0.0,
    "data_loader.batch_sampler.batch_size": 3,
    "trainer.num_epochs": 30,
    "trainer.optimizer.lr": 0.05,
}
NER = {"validation_data_path": "fixtures/ner.conll"}
WORDS_AND_CHARACTERS = {
    "dataset_reader.token_indexers": {
        "tokens": {"type": "single_id", "lowercase_tokens": True},
        "characters": {"type": "characters", "namespace": "token_characters", "min_padding_length": 3},
    },
    "model.text_field_embedder.token_embedders": {
        "tokens": {"type": "embedding", "embedding_dim": 8},
        "characters": {
            "type": "character_encoding",
            "embedding": {"embedding_dim": 4, "vocab_namespace": "token_characters"},
            "encoder": {"type": "cnn", "embedding_dim": 4, "num_filters": 4, "ngram_filter_sizes": [2, 3]},
        },
    },
    "model.encoder.input_size": 16,
}
WORDS_AND_UPOS = {
    "dataset_reader.encoding": "relative_pos",
    "dataset_reader.token_indexers": {
        "tokens": {"type": "single_id"},
        "upos": {"type": "single_id", "feature_name": "pos_", "namespace": "upos", "default_value": "_"},
    },
    "model.encoding": "relative_pos",
    "model.text_field_embedder.token_embedders": {
        "tokens": {"type": "embedding", "embedding_dim": 6},
        "upos": {"type": "embedding", "embedding_dim": 2, "vocab_namespace": "upos"},
    },
}
UPOS = {
    "dataset_reader": {"type": "skd_conllu", "tags": "upos"},
    "train_data_path": "fixtures/trees.conllu",
    "validation_data_path": "fixtures/trees.conllu",
}


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Trained:
    """`trained(config, **overrides)`: the archive of a run of `tests/distillation/configs`."""

    def trained(config: str, **overrides: Any) -> Path:
        directory = tmp_path_factory.mktemp("served")
        train(config, directory, {**LEARNS, **overrides})
        return directory / "model.tar.gz"

    return trained


@pytest.fixture(scope="session")
def ner_archive(trained: Trained) -> Path:
    """A MaxEnt entity tagger that reads words and characters."""
    return trained("tagger", **NER, **WORDS_AND_CHARACTERS)


@pytest.fixture(scope="session")
def crf_archive(trained: Trained) -> Path:
    return trained("tagger", **NER, **{"model.type": "skd_crf_tagger"})


@pytest.fixture(scope="session")
def span_archive(trained: Trained) -> Path:
    return trained("tagger", **NER, **{"model.type": "skd_span_ner"})


@pytest.fixture(scope="session")
def parser_archive(trained: Trained) -> Path:
    """A tagging parser with relative offsets."""
    return trained("parser", **{"model.type": "skd_tagging_parser"})


@pytest.fixture(scope="session")
def pos_parser_archive(trained: Trained) -> Path:
    """A tagging parser that needs UPOS tags, in its input and for its labels."""
    return trained("parser", **{"model.type": "skd_tagging_parser", **WORDS_AND_UPOS})


@pytest.fixture(scope="session")
def biaffine_archive(trained: Trained) -> Path:
    return trained("parser", **{"model.arc_dim": 8, "model.relation_dim": 6})


@pytest.fixture(scope="session")
def upos_archive(trained: Trained) -> Path:
    """A MaxEnt tagger of universal parts of speech."""
    return trained("tagger", **UPOS)


@pytest.fixture(scope="session")
def transformer_archive(trained: Trained, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An entity tagger on a transformer, which reads each word in its context."""
    name = save_tiny_transformer(tmp_path_factory.mktemp("transformer"))
    named = {"type": "pretrained_transformer_mismatched", "model_name": name}
    overrides = {
        "dataset_reader.token_indexers.tokens": named,
        "model.text_field_embedder.token_embedders.tokens": named,
    }
    return trained("tagger", **overrides)
