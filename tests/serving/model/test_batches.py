"""Each sentence is in one batch, and a batch has as many sentences of similar length as fit."""

from itertools import chain
from math import isqrt
from typing import Any, List

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skd_plugin.serving.model.batches import (
    MAX_PAIRS,
    MAX_SENTENCES,
    MAX_SENTENCES_OF_PAIRS,
    MAX_WORDS,
    batches_by_length,
)

PAIRED = isqrt(MAX_PAIRS)
LONG = [MAX_WORDS // MAX_SENTENCES, PAIRED // 4, PAIRED, PAIRED + 1, MAX_WORDS, MAX_WORDS + 1, 10**6]


@st.composite
def many_lengths(draw: Any) -> List[int]:
    """Some hundred lengths, many of them equal."""
    lengths = st.integers(1, 80) | st.sampled_from(LONG)
    runs = draw(st.lists(st.tuples(lengths, st.integers(1, 2 * MAX_SENTENCES)), max_size=5))
    return [length for length, times in runs for _ in range(times)]


def fits(sentences: int, longest: int, quadratic: bool) -> bool:
    if quadratic:
        return sentences <= MAX_SENTENCES_OF_PAIRS and sentences * longest**2 <= MAX_PAIRS
    return sentences <= MAX_SENTENCES and sentences * longest <= MAX_WORDS


@given(lengths=many_lengths(), quadratic=st.booleans())
def test_each_sentence_is_in_one_batch_and_the_longest_come_first(lengths: List[int], quadratic: bool):
    order = list(chain(*batches_by_length(lengths, quadratic)))
    assert sorted(order) == list(range(len(lengths)))
    assert [lengths[index] for index in order] == sorted(lengths, reverse=True)


@given(lengths=many_lengths(), quadratic=st.booleans())
def test_only_a_single_sentence_exceeds_the_limits(lengths: List[int], quadratic: bool):
    for batch in batches_by_length(lengths, quadratic):
        assert batch and (len(batch) == 1 or fits(len(batch), lengths[batch[0]], quadratic))


@given(lengths=many_lengths(), quadratic=st.booleans())
def test_no_batch_but_the_last_has_room_for_another_sentence(lengths: List[int], quadratic: bool):
    for batch in list(batches_by_length(lengths, quadratic))[:-1]:
        assert not fits(len(batch) + 1, lengths[batch[0]], quadratic)


@pytest.mark.parametrize("quadratic, limit", [(False, MAX_WORDS), (True, PAIRED)])
def test_a_sentence_that_is_too_long_is_a_batch_by_itself(quadratic: bool, limit: int):
    assert list(batches_by_length([2, limit + 1, 1, limit], quadratic)) == [[1], [3], [0, 2]]


@pytest.mark.parametrize("quadratic, sizes", [(False, [128, 72]), (True, [32] * 6 + [8])])
def test_short_sentences_are_counted(quadratic: bool, sizes: List[int]):
    assert [len(batch) for batch in batches_by_length([1] * 200, quadratic)] == sizes


@pytest.mark.parametrize("quadratic", [False, True])
def test_no_sentences(quadratic: bool):
    assert list(batches_by_length([], quadratic)) == []
