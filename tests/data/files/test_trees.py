"""Faults of heads that are not a tree, and none for a tree."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skd_plugin.data.files.trees import too_long, tree_fault, words_on_a_cycle
from tests.structures.oracles.trees import is_tree


def fault(heads, relations=None):
    return tree_fault(heads, relations or ["r"] * len(heads), range(11, 11 + len(heads)))


@pytest.mark.parametrize("n", [1, 2, 3, 4])
def test_trees_and_nothing_else_pass(n):
    for heads in product(range(-1, n + 2), repeat=n):
        in_range = all(0 <= head <= n for head in heads)
        assert (fault(heads) is None) == (in_range and is_tree(heads))


@pytest.mark.parametrize(
    "heads, kind, line",
    [
        ([2, None, 0], "a missing head", 12),
        ([0, 4, 1], "a head out of range", 12),
        ([0, 1, -1], "a head out of range", 13),
        ([0, 2, 1], "a head out of range", 12),
        ([2, 3, 1], "no root", 11),
        ([2, 0, 0, 0], "several roots", 13),
        ([0, 3, 4, 2], "a cycle", 12),
    ],
)
def test_kind_and_line(heads, kind, line):
    assert fault(heads)[:2] == (kind, line)


def test_a_missing_relation():
    assert fault([0, 1], ["root", None])[:2] == ("a missing relation", 12)


def test_the_words_of_a_cycle_lead_to_each_other():
    assert fault([0, 4, 2, 3, 4]).finding == "a cycle of the words 2 ← 4 ← 3 ← 2"


@given(st.integers(1, 12).flatmap(lambda n: st.lists(st.integers(0, n), min_size=n, max_size=n)))
def test_a_cycle_is_found_where_there_is_one(heads):
    words = words_on_a_cycle(heads)
    assert all(heads[word - 1] == after for word, after in zip(words, words[1:] + words[:1]))
    assert bool(words) == (not all(reaches_root(word, heads) for word in range(1, len(heads) + 1)))


def reaches_root(word, heads):
    for _ in heads:
        word = heads[word - 1] if word else 0
    return word == 0


def test_length():
    assert too_long([3, 4, 5], 3) is None and too_long([3] * 1000, None) is None
    assert too_long([3, 4, 5], 2)[:4] == ("too many words", 3, "a sentence of 3 words", "at most 2 (`max_words`)")
