"""The synthetic corpora can be read, and are the same each time."""

from pathlib import Path

import pytest

from benchmarks.scale.corpus import write_labelled, write_text
from skd_plugin.data import Conllu, Dependencies, Text


def test_text_has_as_many_sentences_as_asked_for(tmp_path: Path) -> None:
    for name in ("one", "other"):
        write_text(tmp_path / name, 300, seed=1)
    assert (tmp_path / "one").read_text() == (tmp_path / "other").read_text()
    lengths = [len(sentence.words) for sentence in Text().read_sentences(str(tmp_path / "one"))]
    assert len(lengths) == 300 and min(lengths) >= 3 and max(lengths) <= 60


@pytest.mark.parametrize("reader", [Conllu(tags="NE"), Dependencies()])
def test_labelled_sentences_have_entities_and_trees(tmp_path: Path, reader: Conllu) -> None:
    write_labelled(tmp_path / "labelled.conllu", 20, seed=0)
    instances = list(reader.read(str(tmp_path / "labelled.conllu")))
    assert len(instances) == 20 and all(len(instance["tokens"]) >= 3 for instance in instances)  # type: ignore
