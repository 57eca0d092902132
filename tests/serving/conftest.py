"""The archives of every kind that a component serves, which have learned the fixtures by heart."""

from pathlib import Path

import pytest

from tests.trained import Trained


@pytest.fixture(scope="session")
def ner_archive(trained: Trained) -> Path:
    """A MaxEnt tagger of entities that reads words and characters."""
    return trained("ner")


@pytest.fixture(scope="session")
def crf_archive(trained: Trained) -> Path:
    return trained("crf")


@pytest.fixture(scope="session")
def span_archive(trained: Trained) -> Path:
    return trained("span")


@pytest.fixture(scope="session")
def parser_archive(trained: Trained) -> Path:
    """A tagging parser by relative offsets."""
    return trained("parser")


@pytest.fixture(scope="session")
def pos_parser_archive(trained: Trained) -> Path:
    """A tagging parser that needs UPOS tags, for its words and for its labels."""
    return trained("pos_parser")


@pytest.fixture(scope="session")
def biaffine_archive(trained: Trained) -> Path:
    return trained("biaffine")


@pytest.fixture(scope="session")
def second_order_archive(trained: Trained) -> Path:
    """A parser that scores triples of words; it has learned nothing."""
    return trained("second_order")


@pytest.fixture(scope="session")
def upos_archive(trained: Trained) -> Path:
    """A MaxEnt tagger of universal parts of speech."""
    return trained("upos")


@pytest.fixture(scope="session")
def xpos_archive(trained: Trained) -> Path:
    """A tagger of a treebank's own parts of speech."""
    return trained("xpos")


@pytest.fixture(scope="session")
def transformer_archive(trained: Trained) -> Path:
    """A tagger of entities on a transformer, which reads each word in its context; it has learned nothing."""
    return trained("transformer")
