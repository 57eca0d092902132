"""A token has its own probability or None, whatever spaCy has made of the doc: merged, split, cut, joined, saved."""

from pathlib import Path
from typing import Any, List

import pytest
import spacy
from spacy.language import Language
from spacy.tokens import Doc, DocBin, Token

from skd_plugin.serving.docs import confidences
from tests.serving import pipeline

pytestmark = pytest.mark.slow

VOCAB = spacy.blank("en").vocab
NUMBERS = [0.5, None, 0.25]
KINDS = [("skd_arc_probabilities", "skd_arc_probability"), ("skd_tag_probabilities", "skd_tag_probability")]


@pytest.fixture(autouse=True, params=KINDS, ids=["arcs", "tags"])
def names(request: pytest.FixtureRequest) -> Any:
    confidences.register()
    return request.param


def doc_with(numbers: Any, name: str) -> Doc:
    doc = Doc(VOCAB, words=["a", "b", "c"])
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


def test_merged_tokens_have_none_and_the_others_their_own(names):
    doc = doc_with(NUMBERS, names[0])
    with doc.retokenize() as retokenizer:
        retokenizer.merge(doc[0:2])
    assert [token.text for token in doc] == ["a b", "c"] and looked_up(doc, names[1]) == [None, 0.25]
    assert doc._.get(names[0]) == [None, 0.25]


def split(retokenizer: Any, token: Token, parts: List[str]) -> None:
    retokenizer.split(token, parts, heads=[(token, place) for place in range(len(parts))])


def test_split_tokens_have_none_and_the_others_their_own(names):
    doc = Doc(VOCAB, words=["ab", "c"])
    doc._.set(names[0], [0.5, 0.25])
    with doc.retokenize() as retokenizer:
        split(retokenizer, doc[0], ["a", "b"])
    assert looked_up(doc, names[1]) == [None, None, 0.25]


def test_as_many_tokens_as_before_but_others(names):
    doc = Doc(VOCAB, words=["ab", "c", "d", "e"])
    doc._.set(names[0], [0.1, 0.2, 0.3, 0.4])
    with doc.retokenize() as retokenizer:
        split(retokenizer, doc[0], ["a", "b"])
        retokenizer.merge(doc[1:3])
    assert [token.text for token in doc] == ["a", "b", "c d", "e"]
    assert looked_up(doc, names[1]) == [None, None, None, 0.4]


def test_a_part_of_a_doc_keeps_its_own(names):
    part = doc_with(NUMBERS, names[0])[1:].as_doc(copy_user_data=True)
    assert looked_up(part, names[1]) == NUMBERS[1:]
    assert looked_up(doc_with(NUMBERS, names[0])[1:].as_doc(), names[1]) == [None, None]


def test_joined_docs_keep_their_own(names):
    docs = [doc_with(NUMBERS, names[0]), Doc(VOCAB, words=["a", "b"]), doc_with(NUMBERS[::-1], names[0])]
    joined = Doc.from_docs(docs)
    assert looked_up(joined, names[1]) == [*NUMBERS, None, None, *NUMBERS[::-1]]


def test_parts_that_are_joined_never_get_numbers_of_others(names):
    # spaCy takes along the attributes of the whole doc when it cuts out a part.
    doc = Doc(VOCAB, words=["aa", "bb", "cc", "dd", "ee", "ff"])
    doc._.set(names[0], [0.1, 0.2, 0.3, 0.4, 0.5, 0.6])
    parts = [span.as_doc(copy_user_data=True) for span in (doc[0:2], doc[4:6])]
    joined = Doc.from_docs(parts)
    of_words = {token.text: token._.get(names[1]) for token in doc}
    assert all(token._.get(names[1]) in (None, of_words[token.text]) for token in joined)
    assert looked_up(joined, names[1])[2:] == [0.5, 0.6]


def test_new_numbers_replace_all_others(names):
    doc = doc_with(NUMBERS, names[0])
    doc._.set(names[0], [None, 0.75, None])
    assert looked_up(doc, names[1]) == doc._.get(names[0]) == [None, 0.75, None]


def test_one_number_for_each_token(names):
    with pytest.raises(ValueError, match=f"doc._.{names[0]} is set to 2 numbers, expected one for each of 3 tokens"):
        doc_with([0.5, 0.25], names[0])


def test_docs_that_version_0_1_0_has_saved(names):
    doc = Doc(VOCAB, words=["a", "b", "c"], user_data={("._.", names[0], None, None): NUMBERS})
    assert looked_up(doc, names[1]) == doc._.get(names[0]) == NUMBERS
    doc._.set(names[0], NUMBERS[::-1])
    assert looked_up(doc, names[1]) == NUMBERS[::-1]
    with doc.retokenize() as retokenizer:
        retokenizer.merge(doc[0:2])
    assert looked_up(doc, names[1]) == [None, 0.5]


def test_json(names):
    doc = doc_with(NUMBERS, names[0])
    saved = doc.to_json(underscore=[names[0], names[1]])
    assert saved["_"][names[0]] == NUMBERS
    assert looked_up(Doc(VOCAB).from_json(saved), names[1]) == NUMBERS


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
