"""A teacher with random weights, and text for it."""

from pathlib import Path

import pytest

from tests.untrained import make_archive

SENTENCES = [("Anna", "Berg", "left"), ("Oslo",), ("unheard", "of"), ("Oslo",), ("A", "new", "day", "."), ("So", "?")]


@pytest.fixture(scope="session")
def untrained_teacher(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_archive(tmp_path_factory.mktemp("untrained") / "teacher", {}, type="skd_crf_tagger")


@pytest.fixture
def text(tmp_path: Path) -> Path:
    return write(tmp_path / "text.txt", SENTENCES)


def write(path: Path, sentences: list) -> Path:
    path.write_text("".join(" ".join(words) + "\n" for words in sentences))
    return path
