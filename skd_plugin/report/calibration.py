"""Whether probabilities are to be believed: of the items that a model gives 80 %, are 80 % right?

The expected calibration error is Σ_b n_b / n · |right_b − probability_b| over bins of items of similar probability
(Naeini et al. 2015, Guo et al. 2017). The bins have equal numbers of items (Nguyen and O'Connor, 2015): with bins of
equal width nearly all tags would be in the last one.
"""

from typing import List, NamedTuple, Sequence

import numpy as np

MOST_BINS = 15
ITEMS_IN_A_BIN = 30
"""A share of fewer items is off by more than 0.1 by chance."""


class Bin(NamedTuple):
    """The number of items, their mean probability, and the share of them that is right."""

    items: int
    probability: float
    right: float


class Calibration(NamedTuple):
    """
    error : the expected calibration error; the mean over the runs
    runs : that of each run
    probability, right : the mean probability of all items, and the share that is right
    bins : of the items of all runs, from low to high probability
    """

    error: float
    runs: Sequence[float]
    probability: float
    right: float
    bins: Sequence[Bin]


def bins(probability: np.ndarray, right: np.ndarray) -> List[Bin]:
    """The items in bins of equal size: at most 15, and fewer if there are fewer than 30 items for each."""
    number = min(MOST_BINS, len(probability) // ITEMS_IN_A_BIN) or min(1, len(probability))
    order = np.argsort(probability, kind="stable")
    chunks = np.array_split(order, number) if number else []
    return [Bin(len(one), float(probability[one].mean()), float(right[one].mean())) for one in chunks]


def expected_calibration_error(probability: np.ndarray, right: np.ndarray) -> float:
    """Σ_b n_b / n · |right_b − probability_b|; NaN without items."""
    if not len(probability):
        return float("nan")
    return sum(one.items * abs(one.right - one.probability) for one in bins(probability, right)) / len(probability)


def calibration(probability: Sequence[np.ndarray], right: Sequence[np.ndarray]) -> Calibration:
    """Of the items of each run of a system."""
    runs = [expected_calibration_error(*pair) for pair in zip(probability, right)]
    everything, hits = np.concatenate(probability), np.concatenate(right)
    mean, share = (float(part.mean()) if len(part) else float("nan") for part in (everything, hits))
    return Calibration(float(np.mean(runs)), runs, mean, share, bins(everything, hits))
