"""A corpus is read in parts that are cut by position, whoever has read some of them before."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skd_plugin.distillation.teachers.index import as_list
from skd_plugin.distillation.teachers.keys import key
from skd_plugin.distillation.teachers.reading import Survey

words = st.sampled_from([(letter,) for letter in "abcdefgh"])


def known(sentences):
    """Says which keys are those of these sentences."""
    names = {key(sentence) for sentence in sentences}
    return lambda others: np.array([name in names for name in as_list(others)], dtype=bool)


@given(st.lists(words, max_size=20), st.integers(1, 4), st.sets(words))
def test_every_different_sentence_is_in_one_part_unless_it_is_known(sentences, size, before):
    survey = Survey(lambda: sentences, known(before), size)
    different = list(dict.fromkeys(sentences))
    cut = [different[start : start + size] for start in range(0, len(different), size)]
    expected = {number: [s for s in part if s not in before] for number, part in enumerate(cut)}
    expected = {number: part for number, part in expected.items() if part}
    assert dict(survey.parts()) == expected
    assert dict(survey.parts({0, 2})) == {number: expected[number] for number in (0, 2) if number in expected}
    assert survey.unread_parts == {number: len(part) for number, part in expected.items()}
    assert survey.num_unread == sum(map(len, expected.values()))
    assert (survey.num_sentences, survey.num_different) == (len(sentences), len(different))


def test_the_parts_that_are_left_stay_the_same():
    sentences = [(letter,) for letter in "abcabdefg"]
    whole = dict(Survey(lambda: sentences, known([]), 2).parts())
    left = dict(Survey(lambda: sentences, known([*whole[0], *whole[2]]), 2).parts())
    assert left == {number: whole[number] for number in (1, 3)}


def test_the_digest_is_that_of_the_sentences_in_their_order():
    digests = [Survey(lambda s=s: s, known([])).digest for s in ([("a",), ("b",)], [("b",), ("a",)], [("a", "b")])]
    assert len(set(digests)) == 3
    survey = Survey(lambda: [("a",), ("b",), ("c",)], known([("a",)]))
    assert survey.digest_of(0, 2) == digests[0] != survey.digest_of(1, 3)


def test_what_is_still_missing_is_counted():
    survey = Survey(lambda: [(letter,) for letter in "abcab"], known([("a",)]))
    assert [survey.num_missing(known(later)) for later in ([], [("b",)], [("b",), ("c",)])] == [2, 1, 0]


@pytest.mark.parametrize("later", ["abc", "abcde"])
def test_a_corpus_that_changes_meanwhile_is_noticed(later):
    texts = iter(["abcd", later])
    survey = Survey(lambda: [(letter,) for letter in next(texts)], known([]), 3)
    with pytest.raises(ValueError, match=f"The corpus had 4 sentences, and now has {len(later)}"):
        list(survey.parts())
