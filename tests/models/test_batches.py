"""Each sentence is in one batch, and a batch has as many sentences of similar length as fit."""

from itertools import chain
from typing import Any, List

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skd_plugin.models import BiaffineParser, CrfTagger, MaxEntTagger, SecondOrderParser, SpanNer, TaggingParser
from skd_plugin.models.batches import LIMITS, LIMITS_WITH_TABLE, batches_by_length

LONG = sorted({length for words in (64, 256, 1024, 4096) for length in (words // 2, words, words + 1)} | {10**6})
SCORED_WORDS = {
    MaxEntTagger: 1,
    CrfTagger: 1,
    SpanNer: 2,
    BiaffineParser: 2,
    # Its labels are about words, but a tree is found among all arcs.
    TaggingParser: 2,
    SecondOrderParser: 3,
}

scored_words = st.sampled_from(sorted(LIMITS))


@st.composite
def many_lengths(draw: Any) -> List[int]:
    """Some hundred lengths, many of them equal."""
    lengths = st.integers(0, 80) | st.sampled_from(LONG)
    runs = draw(st.lists(st.tuples(lengths, st.integers(1, 256)), max_size=5))
    return [length for length, times in runs for _ in range(times)]


def fits(sentences: int, longest: int, scored: int) -> bool:
    limit = LIMITS[scored]
    return sentences <= limit.sentences and sentences * longest**scored <= limit.words**scored


@pytest.mark.parametrize("model", SCORED_WORDS)
def test_how_many_words_a_models_scores_are_about(model: Any):
    assert model.scored_words == SCORED_WORDS[model]


@given(lengths=many_lengths(), scored=scored_words)
def test_each_sentence_is_in_one_batch_and_the_longest_come_first(lengths: List[int], scored: int):
    order = list(chain(*batches_by_length(lengths, scored)))
    assert sorted(order) == list(range(len(lengths)))
    assert [lengths[index] for index in order] == sorted(lengths, reverse=True)


@given(lengths=many_lengths(), scored=scored_words)
def test_only_a_single_sentence_exceeds_the_limits(lengths: List[int], scored: int):
    for batch in batches_by_length(lengths, scored):
        assert batch and (len(batch) == 1 or fits(len(batch), lengths[batch[0]], scored))


@given(lengths=many_lengths(), scored=scored_words)
def test_no_batch_but_the_last_has_room_for_another_sentence(lengths: List[int], scored: int):
    for batch in list(batches_by_length(lengths, scored))[:-1]:
        assert not fits(len(batch) + 1, lengths[batch[0]], scored)


@pytest.mark.parametrize("scored", sorted(LIMITS))
def test_a_sentence_that_is_too_long_is_a_batch_by_itself(scored: int):
    words = LIMITS[scored].words
    assert list(batches_by_length([2, words + 1, 1, words], scored)) == [[1], [3], [0, 2]]


@pytest.mark.parametrize("scored, sizes", [(1, [256, 44]), (2, [32] * 9 + [12]), (3, [32] * 9 + [12])])
def test_short_sentences_are_counted(scored: int, sizes: List[int]):
    assert [len(batch) for batch in batches_by_length([1] * 300, scored)] == sizes


def test_more_sentences_are_read_where_words_come_from_a_table():
    sizes = [len(batch) for batch in batches_by_length([1] * 300, 2, limits=LIMITS_WITH_TABLE)]
    assert sizes == [128, 128, 44]
    assert [len(batch) for batch in batches_by_length([64] * 20, 2, limits=LIMITS_WITH_TABLE)] == [16, 4]


def test_the_number_of_sentences_may_be_given():
    assert [len(batch) for batch in batches_by_length([1] * 200, 2, sentences=150)] == [150, 50]
    assert [len(batch) for batch in batches_by_length([512] * 5, 2, sentences=150)] == [4, 1]


def test_sentences_of_two_hundred_words_with_scores_of_triples():
    # 26 of them in one batch would have 208 million triples, which is 1.6 GB.
    assert [len(batch) for batch in batches_by_length([200] * 26, 3)] == [2] * 13


@pytest.mark.parametrize("scored", sorted(LIMITS))
def test_no_sentences(scored: int):
    assert list(batches_by_length([], scored)) == []
