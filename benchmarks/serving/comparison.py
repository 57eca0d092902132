"""What follows from the seconds of each round: words per second, ratios, and the share of tokenization."""

import statistics
from typing import Mapping, NamedTuple, Sequence

import numpy as np

from benchmarks import timing
from benchmarks.markdown import table
from benchmarks.timing import Spread

TOKENIZATION = "tokenization alone"


class Row(NamedTuple):
    """A pipeline, its median CPU seconds for all texts, and what is taken within each round."""

    name: str
    seconds: float
    words_per_second: Spread
    times_as_fast: Spread  # as the baseline
    tokenization: Spread  # its share of the seconds


def compare(seconds: Mapping[str, Sequence[float]], words: int, baseline: str) -> list[Row]:
    """A row for each pipeline; `seconds` also holds the baseline and `TOKENIZATION`, which takes words from texts."""
    return [
        Row(
            name,
            statistics.median(mine),
            timing.ratios([float(words)] * len(mine), mine),
            timing.ratios(seconds[baseline], mine),
            timing.ratios(seconds[TOKENIZATION], mine),
        )
        for name, mine in seconds.items()
    ]


def comparison_table(rows: Sequence[Row], baseline: str) -> str:
    """Medians, with the smallest and largest of the rounds."""
    header = ["pipeline", "words per second", f"times as fast as {baseline}", "tokenization", "seconds"]
    return table(header, [_cells(row) for row in rows])


def _cells(row: Row) -> list[str]:
    median, low, high = (f"{value:,.0f}" for value in row.words_per_second)
    times = [_three_digits(value) for value in row.times_as_fast]
    share = [_three_digits(100 * value) for value in row.tokenization]
    return [
        row.name,
        f"**{median}** ({low}–{high})",
        f"**{times[0]}** ({times[1]}–{times[2]})",
        f"{share[0]} % ({share[1]}–{share[2]})",
        _three_digits(row.seconds),
    ]


def _three_digits(value: float) -> str:
    return np.format_float_positional(value, precision=3, unique=False, fractional=False, trim="-")
