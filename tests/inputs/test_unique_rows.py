"""The different rows of a table."""

import torch
from hypothesis import given
from hypothesis import strategies as st

from skd_plugin.inputs.unique_rows import BASE, unique_rows


@given(st.integers(1, 3).flatmap(lambda width: st.lists(st.lists(st.integers(0, 2), min_size=width, max_size=width))))
def test_each_row_is_there_once(rows):
    table = torch.tensor(rows, dtype=torch.long).reshape(len(rows), len(rows[0]) if rows else 1)
    different, numbers = unique_rows(table)
    assert different[numbers].equal(table)
    assert len(different) == len(set(map(tuple, rows)))


def test_rows_with_the_same_key_stay_apart():
    table = torch.tensor([[BASE, 0], [0, 1], [BASE, 0]])
    different, numbers = unique_rows(table)
    assert len(different) == 2 and different[numbers].equal(table)
