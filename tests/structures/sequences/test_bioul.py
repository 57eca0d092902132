"""BIOUL tags: the legal transitions, and the test of a batch, accept exactly the well-formed sequences."""

from itertools import product

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from skd_plugin.structures.sequences import bioul
from tests.structures.oracles.brute_force import is_well_formed
from tests.structures.samples.strategies import bioul_labels, deterministic


def accepts(labels, tags) -> bool:
    legal, ids = bioul.legal(labels), [labels.index(tag) for tag in tags]
    steps = all(legal.transitions[a, b] for a, b in zip(ids, ids[1:]))
    return bool(legal.start[ids[0]] and steps and legal.end[ids[-1]])


@deterministic
@given(labels=bioul_labels())
def test_exactly_the_well_formed_sequences_are_legal(labels):
    for length in (1, 2, 3, 4):
        for tags in product(labels, repeat=length):
            assert accepts(labels, tags) == is_well_formed(tags), tags


def test_entities_of_two_types_do_not_mix():
    labels = ("B-X", "L-Y", "I-Y", "L-X", "O")
    assert accepts(labels, ("B-X", "L-X", "O"))
    assert not accepts(labels, ("B-X", "L-Y", "O"))
    assert not accepts(labels, ("B-X", "I-Y", "L-Y"))


@pytest.mark.parametrize(
    "labels", [("NOUN", "VERB"), ("O", "B-X", "NOUN"), ("O", "B-", "L-X"), ("O", "E-X"), ("O", "BX")]
)
def test_plain_labels_may_follow_each_other_freely(labels):
    assert not bioul.is_bioul(labels)
    assert all(accepts(labels, tags) for tags in product(labels, repeat=2))


@pytest.mark.parametrize("labels", [("O", "U-X"), ("B-X", "L-X"), ("O", "B-a-b", "L-a-b", "I-a-b")])
def test_bioul_labels_are_recognized(labels):
    assert bioul.is_bioul(labels)


@deterministic
@given(data=st.data())
def test_well_formed_tags_of_a_batch_are_those_of_the_grammar(data):
    labels = data.draw(bioul_labels())
    rows = data.draw(st.lists(st.lists(st.integers(0, len(labels) - 1), max_size=4), min_size=1, max_size=4))
    n = max(1, max(map(len, rows)))
    ids = torch.tensor([[*row, *[0] * (n - len(row))] for row in rows])
    mask = torch.arange(n) < torch.tensor([[len(row)] for row in rows])
    expected = [is_well_formed([labels[k] for k in row]) for row in rows]
    assert bioul.well_formed(ids, mask, labels).tolist() == expected
