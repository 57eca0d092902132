"""Both forms of relations are given the same problem, and factors are smaller."""

import pytest
import torch

from benchmarks.relations import FORMS, TASKS, Dims, Steps, speed_row, stored_bytes
from benchmarks.tree_problems import Words


@pytest.mark.parametrize("task", TASKS)
def test_both_forms_compute_the_same(task):
    factors, table = (getattr(Steps(form, Words(6), Dims(5, 7), batch=2), task)() for form in FORMS)
    assert factors.shape == (2,)
    torch.testing.assert_close(factors, table, rtol=1e-4, atol=1e-4)


def test_a_row_has_a_time_and_a_ratio():
    own, ratio = speed_row("decoding", Words(4), Dims(5, 7), rounds=1)
    assert float(own) > 0 and ratio.startswith("**")


def test_stored_bytes_are_those_of_the_potentials():
    factors, table = (stored_bytes(form, Words(1), Dims(5, 7)) for form in FORMS)
    assert table == 4 * (2 + 2 * 49) and factors == 4 * (2 + (1 + 2) * 8)
