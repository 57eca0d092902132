"""Distributions over names, as JSON has them: a list of objects {name: probability}."""

from itertools import chain
from typing import Any, Callable, List, NamedTuple, Sequence

import numpy as np
from numpy.typing import NDArray

from skd_plugin.distillation.teachers.models.soft_labels.records import Misread, shown
from skd_plugin.structures import FORBIDDEN

TOLERANCE = 0.01
"""By how much the sum of probabilities may differ from 1. They are divided by it."""

_NUMBERS = frozenset([int, float])


class Choices(NamedTuple):
    """
    Some distributions over names. What is not named has probability 0.

    # Parameters

    places : `NDArray[np.int64]`
        Which of the distributions each probability belongs to, ascending.
    names : `List[str]`
    probabilities : `NDArray[np.float64]`
        Those of a distribution sum to 1.
    """

    places: NDArray[np.int64]
    names: List[str]
    probabilities: NDArray[np.float64]

    @property
    def scores(self) -> NDArray[np.float64]:
        """The logarithms of the probabilities, `FORBIDDEN` for 0."""
        return log_scores(self.probabilities)


def read_choices(value: Any, count: int, name: str, described: Callable[[int], str]) -> Choices:
    """
    Distributions that stand in a line. Raises `Misread`.

    # Parameters

    value : `Any`
        What stands there.
    count : `int`
        How many distributions there should be.
    name : `str`
        What they are distributions over, in the plural.
    described : `Callable[[int], str]`
        What messages call each of them.
    """
    if not isinstance(value, list) or len(value) != count:
        finding = f"{len(value)} {name}" if isinstance(value, list) else f"the {name} {shown(value)}"
        rule = f"a list of {count}, one for each word"
        raise Misread(finding, rule, f"Give the {name} of each word as an object {{name: probability}}.")
    for place, entry in enumerate(value):
        if not isinstance(entry, dict) or not entry:
            raise Misread(
                f"{shown(entry)} as {described(place)}",
                "an object {name: probability}",
                f"Name the {name} of each word that have a probability above 0.",
            )
    names = list(chain.from_iterable(value))
    numbers = list(chain.from_iterable(map(dict.values, value)))
    places = np.repeat(np.arange(count), list(map(len, value)))
    probabilities = read_numbers(numbers, lambda index: f"{names[index]!r} in {described(int(places[index]))}")
    if "" in names:
        raise Misread(f"a name without a letter in {described(int(places[names.index('')]))}", "a name", "Name it.")
    sums = np.bincount(places, probabilities, count)
    wrong = np.flatnonzero(~(np.abs(sums - 1) <= TOLERANCE))
    if len(wrong):
        raise Misread(
            f"{described(int(wrong[0]))} with probabilities that sum to {sums[wrong[0]]:.6g}",
            f"a sum of 1, within {TOLERANCE:.0%}",
            f"Give the probabilities of all {name}, or divide them by their sum.",
        )
    return Choices(places, names, probabilities / sums[places])


def read_numbers(values: Sequence[Any], described: Callable[[int], str]) -> NDArray[np.float64]:
    """Probabilities that stand in a line, not normalized. Raises `Misread`."""
    for index, value in enumerate(values):
        if type(value) not in _NUMBERS:
            raise Misread(f"{shown(value)} as the probability of {described(index)}", "a number from 0 to 1", _REMEDY)
    try:
        numbers = np.array(values, np.float64)
    except OverflowError:
        numbers = np.array([float(min(value, 2)) for value in values], np.float64)
    wrong = np.flatnonzero(~((numbers >= 0) & (numbers <= 1 + TOLERANCE)))
    if len(wrong):
        finding = f"{shown(values[wrong[0]])} as the probability of {described(int(wrong[0]))}"
        raise Misread(finding, "a number from 0 to 1", _REMEDY)
    return numbers


_REMEDY = "Write probabilities, not scores or logarithms."


def log_scores(probabilities: NDArray[np.float64]) -> NDArray[np.float64]:
    """The logarithms of probabilities, `FORBIDDEN` for 0."""
    logs = np.full(probabilities.shape, FORBIDDEN)
    return np.log(probabilities, out=logs, where=probabilities > 0)
