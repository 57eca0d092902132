"""Tokens look up probabilities, which are saved with the doc and are None after tokens have moved."""

from pathlib import Path
from typing import Any, List

import pytest
import spacy
from spacy.language import Language
from spacy.tokens import Doc, DocBin

from skd_plugin.serving.docs import confidences
from tests.serving import pipeline

pytestmark = pytest.mark.slow

NUMBERS = [0.5, None, 0.25]
KINDS = [("skd_arc_probabilities", "skd_arc_probability"), ("skd_tag_probabilities", "skd_tag_probability")]


@pytest.fixture(autouse=True, params=KINDS, ids=["arcs", "tags"])
def names(request: pytest.FixtureRequest) -> Any:
    confidences.register()
    return request.param


def doc_with(numbers: Any, name: str) -> Doc:
    doc = Doc(spacy.blank("en").vocab, words=["a", "b", "c"])
    doc._.set(name, numbers)
    return doc


def looked_up(doc: Doc, name: str) -> List[Any]:
    return [token._.get(name) for token in doc]


def test_tokens_look_up_their_numbers(names):
    of_doc, of_token = names
    doc = doc_with(NUMBERS, of_doc)
    assert looked_up(doc, of_token) == NUMBERS
    assert looked_up(doc[1:], of_token) == NUMBERS[1:]
    assert [doc._.get(other) for other, _ in KINDS if other != of_doc] == [None]


def test_without_a_model_there_are_none(names):
    of_doc, of_token = names
    doc = Doc(spacy.blank("en").vocab, words=["a", "b"])
    assert doc._.get(of_doc) is None and looked_up(doc, of_token) == [None, None]


def test_merged_tokens_have_none_rather_than_those_of_others(names):
    doc = doc_with(NUMBERS, names[0])
    with doc.retokenize() as retokenizer:
        retokenizer.merge(doc[0:2])
    assert [token.text for token in doc] == ["a b", "c"] and looked_up(doc, names[1]) == [None, None]


def test_split_tokens_have_none(names):
    doc = Doc(spacy.blank("en").vocab, words=["ab", "c"])
    doc._.set(names[0], NUMBERS[:2])
    with doc.retokenize() as retokenizer:
        retokenizer.split(doc[0], ["a", "b"], heads=[doc[1], doc[1]])
    assert looked_up(doc, names[1]) == [None] * 3


def test_a_part_of_a_doc_has_none_as_a_doc(names):
    part = doc_with(NUMBERS, names[0])[1:].as_doc(copy_user_data=True)
    assert looked_up(part, names[1]) == [None, None]


def test_they_are_saved_with_docs(names):
    doc = doc_with(NUMBERS, names[0])
    [saved] = DocBin().from_bytes(DocBin(docs=[doc], store_user_data=True).to_bytes()).get_docs(doc.vocab)
    assert looked_up(saved, names[1]) == NUMBERS
    assert looked_up(Doc(doc.vocab).from_bytes(doc.to_bytes()), names[1]) == NUMBERS
    assert looked_up(doc.copy(), names[1]) == NUMBERS


def test_registering_twice_is_harmless(names):
    doc = doc_with(NUMBERS, names[0])
    confidences.register()
    assert looked_up(doc, names[1]) == NUMBERS


@pytest.fixture(scope="module")
def nlp(parser_archive: Path, upos_archive: Path) -> Language:
    return pipeline(skd_tagger=upos_archive, skd_parser=parser_archive)


def test_components_write_numbers_that_are_saved(nlp: Language, names):
    doc = nlp("Anna Berg moved to Oslo. \n Who wrote this?")
    numbers = looked_up(doc, names[1])
    assert [number is None for number in numbers] == [token.is_space for token in doc]
    assert {type(number) for number in numbers} == {float, type(None)}
    [saved] = DocBin().from_bytes(DocBin(docs=[doc], store_user_data=True).to_bytes()).get_docs(doc.vocab)
    assert looked_up(saved, names[1]) == numbers
