"""Each root gets its own sentence, which starts where the cut crosses the fewest arcs. Docs are split there."""

from itertools import product
from pathlib import Path
from typing import List, Optional, Tuple

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from spacy.language import Language
from spacy.tokens import Doc

from skd_plugin.serving.model import sentence_splitting
from skd_plugin.serving.model.sentence_splitting import local_heads, starts_between_roots
from skd_plugin.structures import ArcLabels, Factorization, HeadSelection
from tests.serving import TEXTS, pipeline, units_of

pytestmark = pytest.mark.slow

CASES = {
    "A b . C d .": ([2, 0, 2, 5, 0, 5], [3]),
    "A . B . C .": ([0, 1, 0, 3, 0, 5], [2, 4]),
    "no root": ([2, 3, 1], []),
    "one root": ([2, 0, 2], []),
    "roots only": ([0, 0, 0], [1, 2]),
    "one word": ([0], []),
    "no word": ([], []),
    "an arc across all places between the roots": ([0, 4, 2, 0], [1]),
    "where fewest cross, not the first": ([0, 1, 2, 5, 0], [3]),
    "an arc over both roots": ([0, 1, 4, 0, 1], [2]),
}


@pytest.mark.parametrize("case", sorted(CASES))
def test_where_sentences_start(case: str):
    heads, expected = CASES[case]
    assert starts_between_roots(np.array(heads, dtype=np.int64), np.ones(len(heads), dtype=bool)).tolist() == expected


@st.composite
def heads_of_words(draw) -> np.ndarray:
    size = draw(st.integers(0, 12))
    heads = draw(st.lists(st.integers(0, size), min_size=size, max_size=size))
    return np.array(heads, dtype=np.int64)


@st.composite
def heads_and_places(draw) -> Tuple[np.ndarray, np.ndarray]:
    heads = draw(heads_of_words())
    places = draw(st.lists(st.booleans(), min_size=len(heads), max_size=len(heads)))
    return heads, np.array(places, dtype=bool)


@given(heads=heads_of_words())
def test_one_sentence_a_root(heads: np.ndarray):
    roots, starts = np.flatnonzero(heads == 0), starts_between_roots(heads, np.ones(len(heads), dtype=bool))
    assert len(starts) == max(len(roots) - 1, 0)
    assert all(left < start <= right for left, start, right in zip(roots, starts, roots[1:]))


@given(drawn=heads_and_places())
def test_the_fewest_arcs_are_cut_where_a_sentence_may_start(drawn: Tuple[np.ndarray, np.ndarray]):
    heads, may_start = drawn

    def cut(start: int) -> int:
        return sum(
            min(word, head - 1) < start <= max(word, head - 1) for word, head in enumerate(heads.tolist()) if head
        )

    roots = np.flatnonzero(heads == 0).tolist()
    places = [[p for p in range(left + 1, right + 1) if may_start[p]] for left, right in zip(roots, roots[1:])]
    assert starts_between_roots(heads, may_start).tolist() == [min(some, key=cut) for some in places if some]


def test_each_word_chooses_its_head_by_itself():
    arcs = torch.full((2, 3, 4), -1.0)
    chosen = [[0, 1, 0], [2, 0]]
    for row, heads in enumerate(chosen):
        arcs[row, range(len(heads)), heads] = 1.0
    mask = torch.tensor([[True, True, True], [True, True, False]])
    heads = local_heads(HeadSelection(arcs, None, mask, ()))
    assert [row.tolist() for row in heads] == chosen


def test_the_heads_of_labels():
    scores = torch.tensor([[[0.0, 1.0], [1.0, 0.0]]])
    heads = torch.tensor([[[0, 2], [0, 1]]])
    distribution = ArcLabels(scores, heads, torch.tensor([0, 1]), torch.ones(1, 2, dtype=torch.bool), ("root", "flat"))
    assert [row.tolist() for row in local_heads(distribution)] == [[2, 0]]


@pytest.fixture(scope="module", params=["parser_archive", "biaffine_archive"])
def splitting(request: pytest.FixtureRequest) -> Language:
    return splitter(request.getfixturevalue(request.param))


def splitter(archive: Path, **options: object) -> Language:
    nlp = pipeline()
    nlp.remove_pipe("sentencizer")
    nlp.add_pipe("skd_parser", config={"archive": str(archive), "split_at_roots": True, **options})
    return nlp


TEXT_SENTENCES = ["Anna Berg moved to Oslo.", "New York City never sleeps.", "Who wrote this?"]
TEXT = "{}\n{} {}".format(*TEXT_SENTENCES)


def sentences(doc: Doc) -> List[str]:
    return [sentence.text for sentence in doc.sents]


def test_sentences_start_where_the_words_own_choices_say(splitting: Language):
    student = splitting.get_pipe("skd_parser").student
    places = [token.i for token in splitting.make_doc(TEXT) if not token.is_space]
    [heads] = student(units_of(splitting.make_doc(TEXT)), lambda _, distribution: local_heads(distribution))
    expected = [0, *(places[word] for word in starts_between_roots(heads, np.ones(len(heads), dtype=bool)))]
    assert [sentence.start for sentence in splitting(TEXT).sents] == expected


def test_a_text_becomes_several_trees(parser_archive: Path, monkeypatch: pytest.MonkeyPatch):
    # Roots are "moved", "sleeps" and "wrote", whatever the words' own choices.
    roots = [*[3, 3, 0, 3, 3, 3], *[11, 11, 11, 11, 0, 11], *[14, 0, 14, 14]]
    monkeypatch.setattr(sentence_splitting, "local_heads", lambda _: [np.array(roots)])
    doc = splitter(parser_archive)(TEXT)
    assert [sentence.split() for sentence in sentences(doc)] == [sentence.split() for sentence in TEXT_SENTENCES]
    for sentence in doc.sents:
        assert [token.i for token in sentence if token.head.i == token.i] == [sentence.root.i]
        assert [token.i for token in sentence if token.dep_ == "ROOT"] == [sentence.root.i]
    assert all(token._.skd_arc_probability is not None for token in doc if not token.is_space)
    assert all(token.head in token.sent for token in doc)


def test_docs_of_all_kinds_are_split_in_batches_as_alone(splitting: Language):
    # Of the heads in a text that repeats itself many are equally good.
    texts = [text for text in TEXTS if len(text) < 200]
    docs = list(splitting.pipe(texts, batch_size=4))
    assert [doc.text for doc in docs] == texts
    for doc in docs:
        alone = splitting(doc.text)
        assert sentences(doc) == sentences(alone)
        assert [(t.head.i, t.dep_) for t in doc] == [(t.head.i, t.dep_) for t in alone]


def test_sentences_that_are_there_stay(splitting: Language):
    words = TEXT.split()
    doc = Doc(splitting.vocab, words=words, sent_starts=[place in (0, 2) for place in range(len(words))])
    assert [sentence.start for sentence in splitting(doc).sents] == [0, 2]


PATTERNS = list(product([True, False, None], repeat=4))
"""`is_sent_start` of all words but the first, which always starts a sentence."""


@pytest.mark.parametrize("max_words", [None, 3])
def test_true_starts_a_sentence_and_false_forbids_only_this_place(
    parser_archive: Path, monkeypatch: pytest.MonkeyPatch, max_words: Optional[int]
):
    def roots_only(distribution: Factorization) -> List[np.ndarray]:
        return [np.zeros(length, dtype=np.int64) for length in distribution.lengths.tolist()]

    monkeypatch.setattr(sentence_splitting, "local_heads", roots_only)
    nlp = splitter(parser_archive, max_words=max_words)
    for pattern in PATTERNS:
        doc = nlp(Doc(nlp.vocab, words=list("abcde"), sent_starts=[None, *pattern]))
        # Every word is a root of its own, so that a sentence starts wherever it is not forbidden.
        expected = [0, *(place for place, start in enumerate(pattern, start=1) if start is not False)]
        assert [sentence.start for sentence in doc.sents] == expected, pattern
        assert [token.dep_ for token in doc].count("ROOT") == len(expected)


def test_pieces_of_a_long_text_are_split_too(parser_archive: Path):
    doc = splitter(parser_archive, max_words=3)(TEXT)
    assert all(1 <= sum(not token.is_space for token in sentence) <= 3 for sentence in doc.sents)


def test_parts_of_speech_are_read_before_sentences_are_found(pos_parser_archive: Path):
    nlp = splitter(pos_parser_archive)
    tags = "PROPN VERB ADP PROPN PUNCT SPACE PRON VERB PRON PUNCT".split()
    doc = nlp(Doc(nlp.vocab, words="Anna moved to Oslo . \n Who wrote this ?".split(" "), pos=tags))
    assert doc.has_annotation("DEP") and len(sentences(doc)) >= 1
