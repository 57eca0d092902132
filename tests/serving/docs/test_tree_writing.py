"""Whatever trees the words have, each sentence of the doc becomes one tree, and sentence boundaries stay."""

import random
from typing import List

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from spacy.tokens import Doc, Token

from skd_plugin.serving.docs.confidences import Confidences
from skd_plugin.serving.docs.tree_writing import Parse, write_parse
from skd_plugin.serving.docs.units import Unit
from tests.serving import units_of
from tests.serving.random_docs import RELATIONS, VOCAB, chain, doc_of, docs, parses

HASHES = np.array([VOCAB.strings.add(name) for name in RELATIONS], dtype=np.uint64)


class Case:
    """A doc to which trees were written, and the sentence starts that it had before."""

    def __init__(self, doc: Doc, read: List[Unit], trees: List[Parse]) -> None:
        self.read, self.trees = read, trees
        self.words = [token.text for token in doc]
        self.starts = [sentence.start for sentence in doc.sents]
        self.confidences: Confidences = write_parse(doc, read, trees, HASHES)
        self.doc = doc


@st.composite
def cases(draw, max_words: int = 1000) -> Case:
    doc = draw(docs())
    read = units_of(doc, max_words)
    return Case(doc, read, [draw(parses(len(unit.words))) for unit in read])


any_case = st.integers(1, 6).flatmap(cases)


def ancestors(token: Token) -> List[int]:
    """Follows heads up to the root. Raises `AssertionError` in a circle."""
    passed: List[int] = []
    while token.head.i != token.i:
        token = token.head
        assert token.i not in passed, "a cycle"
        passed.append(token.i)
    return passed


@given(case=any_case)
def test_each_sentence_is_a_tree_with_one_root(case: Case):
    for sentence in case.doc.sents:
        inside = range(sentence.start, sentence.end)
        roots = [token for token in sentence if token.head.i == token.i]
        assert [token.i for token in sentence if token.dep_ == "ROOT"] == [root.i for root in roots]
        assert roots == [sentence.root]
        assert all(place in inside for token in sentence for place in ancestors(token))
        assert all(ancestors(token)[-1:] in ([], [sentence.root.i]) for token in sentence)


@given(case=any_case)
def test_sentences_and_words_stay_as_they_were(case: Case):
    assert [token.text for token in case.doc] == case.words
    assert [sentence.start for sentence in case.doc.sents] == case.starts
    assert case.doc.has_annotation("DEP") and case.doc.has_annotation("SENT_START")


@given(case=cases())
def test_words_have_the_heads_and_relations_that_were_given(case: Case):
    for unit, tree in zip(case.read, case.trees):
        places = unit.indices.tolist()
        for place, head, relation in zip(places, tree.heads.tolist(), tree.relations.tolist()):
            assert case.doc[place].head.i == (places[head - 1] if head else place)
            assert case.doc[place].dep_ == (RELATIONS[relation] if head else "ROOT")
        assert [case.confidences[place] for place in places] == tree.probabilities


@given(case=any_case)
def test_roots_of_pieces_hang_on_the_first_ones(case: Case):
    first = {}
    for unit, tree in zip(case.read, case.trees):
        places = unit.indices.tolist()
        root = places[tree.heads.tolist().index(0)]
        first.setdefault(unit.sentence, root)
        given_heads = {place: places[head - 1] for place, head in zip(places, tree.heads.tolist()) if head}
        assert all(case.doc[place].head.i == head for place, head in given_heads.items())
        if root != first[unit.sentence]:
            assert (case.doc[root].head.i, case.doc[root].dep_) == (first[unit.sentence], "dep")
            assert case.confidences[root] is None


@given(case=any_case)
def test_white_space_hangs_on_the_word_before_it(case: Case):
    for sentence in case.doc.sents:
        words = [token.i for token in sentence if not token.is_space]
        for space in (token for token in sentence if token.is_space):
            before = [place for place in words if place < space.i]
            assert space.head.i == [*before[-1:], *words[:1], sentence.start][0]
            assert space.dep_ == ("ROOT" if space.head.i == space.i else "dep")
            assert case.confidences[space.i] is None


@given(case=any_case)
def test_trees_survive_saving(case: Case):
    saved = Doc(case.doc.vocab).from_bytes(case.doc.to_bytes())
    assert [(t.head.i, t.dep_, t.is_sent_start) for t in saved] == [
        (t.head.i, t.dep_, t.is_sent_start) for t in case.doc
    ]


def test_a_long_sentence_whose_arcs_cross_more_often_than_spacy_can_follow_is_not_cut():
    order = random.Random(0).sample(range(60), 60)
    tree = chain(60)
    tree.heads[order] = [0, *(1 + place for place in order[:-1])]
    tree.relations[:] = tree.heads > 0
    doc = doc_of(["w"] * 62, [60])
    case = Case(doc, units_of(doc), [tree, chain(2)])
    assert [sentence.start for sentence in case.doc.sents] == [0, 60]
    assert [sentence.root.i for sentence in case.doc.sents] == [order[0], 60]


def test_a_doc_without_sentences_becomes_one():
    doc = doc_of(["\n", "a", "b", " "])
    assert write_parse(doc, units_of(doc), [chain(2)], HASHES) == [None, 1 / 2, 1 / 3, None]
    assert [(token.head.i, token.dep_) for token in doc] == [(1, "dep"), (1, "ROOT"), (1, "nsubj"), (2, "dep")]
    assert len(list(doc.sents)) == 1


def test_an_earlier_tree_is_replaced():
    doc = doc_of(list("abc"), [2])
    write_parse(doc, units_of(doc), [chain(2), chain(1)], HASHES)
    backwards = chain(2)._replace(heads=chain(2).heads[::-1] * 2, relations=chain(2).relations[::-1])
    write_parse(doc, units_of(doc), [backwards, chain(1)], HASHES)
    assert [(token.head.i, token.dep_) for token in doc] == [(1, "nsubj"), (1, "ROOT"), (2, "ROOT")]
