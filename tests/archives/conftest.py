"""Tiny archives, trained once, and one that tests may change."""

from pathlib import Path
from typing import Iterator

import pytest
from allennlp.common import cached_transformers

from skd_plugin.archives import SavedModel, read
from skd_plugin.archives.pretrained.files import Files
from tests.archives.tampering import Archive
from tests.distillation.runs import train
from tests.tiny_transformer import save_tiny_transformer

ONE_EPOCH = {"trainer.num_epochs": 1, "trainer.learning_rate_scheduler": None}


@pytest.fixture(scope="session")
def tagger(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("archived_tagger")
    feedforward = {"input_dim": 12, "num_layers": 1, "hidden_dims": 5, "activations": "relu"}
    train("tagger", directory, {**ONE_EPOCH, "model.type": "skd_crf_tagger", "model.feedforward": feedforward})
    return directory / "model.tar.gz"


@pytest.fixture(scope="session")
def parser(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("archived_parser")
    train("parser", directory, ONE_EPOCH)
    return directory / "model.tar.gz"


@pytest.fixture(scope="session")
def transformer(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The name of a transformer, as if it came from the hub."""
    return save_tiny_transformer(tmp_path_factory.mktemp("transformer"))


@pytest.fixture(scope="session")
def transformer_tagger(transformer: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("archived_transformer_tagger")
    named = {"type": "pretrained_transformer_mismatched", "model_name": transformer}
    overrides = {
        "dataset_reader.token_indexers.tokens": named,
        "model.text_field_embedder.token_embedders.tokens": named,
    }
    train("tagger", directory, {**ONE_EPOCH, **overrides})
    return directory / "model.tar.gz"


@pytest.fixture
def archive(tagger: Path, tmp_path: Path) -> Archive:
    return Archive.of(tagger, tmp_path)


@pytest.fixture
def no_cached_transformers() -> Iterator[None]:
    """Clears AllenNLP's cache of transformers, as in a new process."""
    cached_transformers._clear_caches()
    yield
    cached_transformers._clear_caches()


@pytest.fixture
def with_transformer(transformer_tagger: Path) -> SavedModel:
    return read(transformer_tagger)


@pytest.fixture
def files(with_transformer: SavedModel, transformer: str) -> Files:
    """The files of the transformer, which a test may change."""
    return with_transformer.transformers[transformer]
