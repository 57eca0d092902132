"""Tiny teachers."""

from pathlib import Path

import pytest

from tests.trained import Trained


@pytest.fixture(scope="session")
def crf_teacher(trained: Trained) -> Path:
    return trained("crf")


@pytest.fixture(scope="session")
def maxent_teacher(trained: Trained) -> Path:
    return trained("ner")


@pytest.fixture(scope="session")
def biaffine(trained: Trained) -> Path:
    return trained("biaffine")


@pytest.fixture(scope="session")
def second_order(trained: Trained) -> Path:
    return trained("second_order")
