"""The expected calibration error, by hand and of probabilities that are right."""

import numpy as np
import pytest

from skd_plugin.report.calibration import ITEMS_IN_A_BIN, MOST_BINS, bins, calibration, expected_calibration_error


def test_by_hand():
    # Two bins of 30: 0.2 with a third right, 0.9 with two thirds.
    probability = np.repeat([0.9, 0.2], ITEMS_IN_A_BIN)
    right = np.concatenate([np.arange(30) % 3 > 0, np.arange(30) % 3 == 0])
    assert [one.items for one in bins(probability, right)] == [30, 30]
    assert expected_calibration_error(probability, right) == pytest.approx((abs(1 / 3 - 0.2) + abs(2 / 3 - 0.9)) / 2)


def test_bins_have_equal_numbers_and_all_items():
    probability = np.random.default_rng(0).random(1000) ** 0.1
    some = bins(probability, probability > 0.9)
    assert len(some) == MOST_BINS and sum(one.items for one in some) == 1000
    assert max(one.items for one in some) - min(one.items for one in some) <= 1
    assert [one.probability for one in some] == sorted(one.probability for one in some)


def test_probabilities_that_are_right_have_no_error_and_others_have_theirs():
    generator = np.random.default_rng(0)
    probability = generator.random(50_000)
    right = generator.random(50_000) < probability
    assert expected_calibration_error(probability, right) < 0.01
    assert expected_calibration_error(probability / 2, right) == pytest.approx(0.25, abs=0.01)


def test_few_items_and_none():
    assert [one.items for one in bins(np.array([0.5]), np.array([True]))] == [1]
    assert np.isnan(expected_calibration_error(np.zeros(0), np.zeros(0, dtype=bool)))


def test_of_several_runs():
    found = calibration([np.full(40, 0.5), np.full(40, 1.0)], [np.ones(40, dtype=bool)] * 2)
    assert found.runs == pytest.approx([0.5, 0.0]) and found.error == pytest.approx(0.25)
    assert (found.probability, found.right) == pytest.approx((0.75, 1.0))
