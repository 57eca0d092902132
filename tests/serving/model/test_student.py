"""In serving a model gives the same results as before, in the order of the sentences, and is saved unchanged."""

from pathlib import Path
from typing import Any, List, Tuple
from unittest.mock import patch

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from skd_plugin.archives import load, read
from skd_plugin.models.batches import LIMITS, Limit
from skd_plugin.serving.model import student as module
from skd_plugin.serving.model.indexing import Sentence, index_sentences
from skd_plugin.serving.model.student import Student
from tests.archives.tampering import Archive
from tests.serving import unit

pytestmark = pytest.mark.slow

WORDS = "Anna Berg moved to Oslo .".split()
UPOS = "PROPN PROPN VERB ADP PROPN PUNCT".split()
TAGGED = st.lists(st.sampled_from(list(zip(WORDS, UPOS))), min_size=1, max_size=9)
KINDS = ["ner_archive", "span_archive", "parser_archive", "pos_parser_archive", "transformer_archive"]


@pytest.fixture(scope="module", params=KINDS)
def archive(request: pytest.FixtureRequest) -> Path:
    return request.getfixturevalue(request.param)


@pytest.fixture(scope="module")
def student(archive: Path) -> Student:
    return Student(read(archive))


def log_partitions(_: Any, found: Any) -> List[float]:
    """One number per sentence, to which all of its words contribute."""
    return found.log_partition.tolist()


def test_distributions_are_the_models_own(student: Student, archive: Path):
    model, reader = load(archive)
    tags: Any = (UPOS,) if "upos" in reader.token_indexers else ()
    expected = log_partitions(model, model.factorize(*index_sentences([Sentence(WORDS, tags)], reader, model.vocab)))
    assert student([unit(WORDS, UPOS)], log_partitions) == pytest.approx(expected, rel=1e-5, abs=1e-4)


@given(sentences=st.lists(TAGGED, max_size=12), most=st.sampled_from([3, 100]))
@settings(max_examples=15)
def test_results_are_in_the_order_of_the_units(student: Student, sentences: List[List[Tuple[str, str]]], most: int):
    units = [unit(*zip(*sentence)) for sentence in sentences]
    limits = {scored: limit._replace(sentences=most) for scored, limit in LIMITS.items()}
    with patch.object(student, "_limits", limits):
        together = student(units, log_partitions)
    assert together == pytest.approx([student([unit], log_partitions)[0] for unit in units], rel=1e-5, abs=1e-4)


def test_no_units(student: Student):
    assert student([], lambda *_: pytest.fail("nothing is read")) == []


def test_a_parser_reads_the_parts_of_speech(pos_parser_archive: Path):
    tagged = [unit(WORDS, UPOS), unit(WORDS, ["VERB"] * 6), unit(WORDS, UPOS)]
    first, other, again = Student(read(pos_parser_archive))(tagged, log_partitions)
    assert first == pytest.approx(again, rel=1e-5) and first != pytest.approx(other, rel=1e-3)


def test_words_that_are_shorter_than_the_filters_of_their_characters(ner_archive: Path, tmp_path: Path):
    """As in an archive whose configuration pads too little."""
    expected = Student(read(ner_archive))([unit(["."])], log_partitions)
    archive = Archive.of(ner_archive, tmp_path)
    archive.put("dataset_reader.token_indexers.characters.min_padding_length", 1)
    assert Student(read(archive.packed()))([unit(["."])], log_partitions) == pytest.approx(expected)


def test_what_is_saved_is_what_was_read(student: Student, archive: Path):
    student([unit(WORDS, UPOS)], log_partitions)
    saved, before = student.saved, read(archive)
    assert (saved.config, saved.vocabulary) == (before.config, before.vocabulary)
    assert saved.weights.keys() == before.weights.keys(), "the model's own names, and none of a table of words"
    assert all(weight.equal(before.weights[name]) for name, weight in saved.weights.items())


SIZES = {"ner": 2, "span": 4, "parser": 4, "second_order": 8}


@pytest.mark.parametrize("kind", sorted(SIZES))
def test_what_a_model_scores_bounds_a_batch(request: pytest.FixtureRequest, kind: str):
    student, sizes = Student(read(request.getfixturevalue(f"{kind}_archive"))), []

    def reading(_: Any, found: Any) -> List[None]:
        sizes.append(len(found.mask))
        return [None] * len(found.mask)

    with patch.object(student, "_limits", {scored: Limit(sentences=32, words=16) for scored in LIMITS}):
        student([unit(["a"] * 8)] * 16, reading)
    assert sizes == [SIZES[kind]] * (16 // SIZES[kind])


@pytest.mark.parametrize("kind", ["ner", "transformer"])
def test_the_model_and_what_it_reads_are_where_spacy_was_told(
    request: pytest.FixtureRequest, kind: str, monkeypatch: pytest.MonkeyPatch
):
    archive = request.getfixturevalue(f"{kind}_archive")
    # A device that every machine has, and that computes nothing.
    monkeypatch.setattr(module, "get_torch_default_device", lambda: torch.device("meta"))
    student = Student(read(archive))
    assert {weight.device.type for weight in student.model.state_dict().values()} == {"meta"}
    monkeypatch.setattr(student.model, "factorize", lambda tokens, _: tokens)
    [tokens] = student([unit(WORDS)], lambda _, tokens: [tokens])
    assert {tensor.device.type for tensors in tokens.values() for tensor in tensors.values()} == {"meta"}
