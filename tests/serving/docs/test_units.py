"""A model reads every word of a doc once, in order, sentence by sentence if there are sentences."""

from typing import List

import numpy as np
import pytest
import spacy
from hypothesis import given
from hypothesis import strategies as st
from spacy.tokens import Doc

from skd_plugin.serving.docs.units import add_upos, sentence_starts, split_into_units
from tests.serving import units_of
from tests.serving.random_docs import VOCAB, doc_of, docs


def read(doc: Doc, max_words: int = 1000) -> list:
    return [unit.words for unit in units_of(doc, max_words)]


def test_a_doc_without_sentences_is_read_whole():
    doc = doc_of("A b . C d .".split())
    assert read(doc) == ["A b . C d .".split()]
    assert not doc.has_annotation("SENT_START"), "reading sets nothing"


def test_sentences_of_the_sentencizer():
    nlp = spacy.blank("en")
    nlp.add_pipe("sentencizer")
    assert read(nlp("Who slept? Anna did!  Yes")) == [["Who", "slept", "?"], ["Anna", "did", "!"], ["Yes"]]


def test_sentences_set_by_hand():
    doc = doc_of("A b C d".split())
    doc[2].is_sent_start = True
    assert read(doc) == [["A", "b"], ["C", "d"]]


def test_that_there_is_one_sentence_is_a_sentence_boundary_too():
    doc = doc_of("A b".split())
    doc[1].is_sent_start = False
    assert read(doc) == [["A", "b"]]


def test_sentences_of_a_previous_parse():
    doc = Doc(VOCAB, words="A b C d".split(), heads=[1, 1, 2, 2], deps=["nsubj", "ROOT", "ROOT", "obj"])
    assert read(doc) == [["A", "b"], ["C", "d"]]


def test_white_space_is_no_word():
    doc = doc_of(["\n", "A", " ", "b", "\n\n", "\n", "C"], [4])
    units = units_of(doc)
    assert [unit.words for unit in units] == [["A", "b"], ["C"]]
    assert [unit.indices.tolist() for unit in units] == [[1, 3], [6]]
    assert [unit.sentence for unit in units] == [0, 1]


def test_a_sentence_of_white_space_is_not_read_but_counted():
    units = units_of(doc_of(["A", "\n", "b"], [1, 2]))
    assert [(unit.words, unit.sentence) for unit in units] == [(["A"], 0), (["b"], 2)]


@pytest.mark.parametrize("words", [[], [" "], ["\n", " \n"]])
def test_docs_without_words(words: list):
    assert units_of(doc_of(words)) == []
    assert units_of(doc_of(words, [])) == []


def test_pieces_are_of_about_equal_size_and_know_their_sentence():
    units = units_of(doc_of(list("abcdefg") + ["x"], [7]), max_words=3)
    assert [unit.words for unit in units] == [list("abc"), list("de"), list("fg"), ["x"]]
    assert [unit.sentence for unit in units] == [0, 0, 0, 1]


def test_parts_of_speech_where_there_are_any():
    doc = Doc(VOCAB, words=["Anna", " ", "sleeps", "."], pos=["PROPN", "SPACE", "VERB", ""])
    [unit] = units_of(doc)
    assert unit.upos is None
    assert add_upos(unit, doc).upos == ["PROPN", "VERB", None]


@given(doc=docs(), max_words=st.integers(1, 6))
def test_every_word_is_read_once_and_in_its_order(doc: Doc, max_words: int):
    units = units_of(doc, max_words)
    places = [place for unit in units for place in unit.indices.tolist()]
    assert places == [token.i for token in doc if not token.is_space]
    assert [word for unit in units for word in unit.words] == [doc[place].text for place in places]
    assert all(1 <= len(unit.words) <= max_words for unit in units)


@given(doc=docs(), max_words=st.integers(1, 6))
def test_pieces_stay_within_their_sentence_and_no_sentence_has_more_of_them_than_it_needs(doc: Doc, max_words: int):
    units = units_of(doc, max_words)
    for number, sentence in enumerate(doc.sents):
        pieces = [unit for unit in units if unit.sentence == number]
        words = [token.i for token in sentence if not token.is_space]
        assert np.concatenate([[], *(unit.indices for unit in pieces)]).tolist() == words
        assert len(pieces) == -(-len(words) // max_words)
        sizes = [len(unit.words) for unit in pieces]
        assert not sizes or max(sizes) - min(sizes) <= 1


@given(several=st.lists(docs() | docs(bounded=False), max_size=4), max_words=st.integers(1, 6))
def test_docs_are_read_together_as_one_by_one(several: List[Doc], max_words: int):
    together = split_into_units(several, max_words)
    assert len(together) == len(several)
    for doc, units in zip(several, together):
        alone = units_of(doc, max_words)
        assert [(unit.words, unit.indices.tolist(), unit.sentence) for unit in units] == [
            (unit.words, unit.indices.tolist(), unit.sentence) for unit in alone
        ]


@given(doc=docs())
def test_sentences_start_where_spacy_says(doc: Doc):
    assert sentence_starts(doc).tolist() == [sentence.start for sentence in doc.sents]


@given(doc=docs(bounded=False))
def test_a_doc_without_sentences_starts_once(doc: Doc):
    assert sentence_starts(doc).tolist() == [0][: len(doc)]
