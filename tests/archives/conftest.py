"""Tiny archives, and one to tamper with."""

from pathlib import Path
from typing import Iterator

import pytest
from allennlp.common import cached_transformers

from skd_plugin.archives import SavedModel, read
from skd_plugin.archives.pretrained.files import Files
from tests.archives.tampering import Archive
from tests.trained import Trained


@pytest.fixture(scope="session")
def tagger(trained: Trained) -> Path:
    return trained("crf")


@pytest.fixture(scope="session")
def parser(trained: Trained) -> Path:
    return trained("biaffine")


@pytest.fixture(scope="session")
def transformer(trained: Trained) -> str:
    """The name of a transformer, as if it came from the hub."""
    return trained.transformer


@pytest.fixture(scope="session")
def transformer_tagger(trained: Trained) -> Path:
    return trained("transformer")


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
