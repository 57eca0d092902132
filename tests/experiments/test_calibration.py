"""The measures of the experiment on calibration."""

import numpy as np
import pytest

from experiments.calibration import Outcomes, calibration_error


def test_the_error_is_the_mean_distance_of_probability_and_share_of_right_ones(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("experiments.calibration.BINS", 2)
    outcomes = Outcomes(np.array([0.9, 0.2, 0.4, 0.7]), np.array([1.0, 0.0, 1.0, 0.0]))
    # The bins are 0.2 and 0.4, of which half is right, and 0.7 and 0.9, of which half is right.
    assert calibration_error(outcomes) == pytest.approx((abs(0.3 - 0.5) + abs(0.8 - 0.5)) / 2)


def test_of_probabilities_that_are_right_it_is_small():
    random = np.random.default_rng(0)
    probabilities = random.uniform(size=50_000)
    outcomes = Outcomes(probabilities, (random.uniform(size=50_000) < probabilities).astype(float))
    assert calibration_error(outcomes) < 0.01
    assert calibration_error(outcomes._replace(probabilities=probabilities / 2)) == pytest.approx(0.25, abs=0.01)
