"""Interleaved rounds of CPU time, and ratios taken inside each round."""

import gc
import math
import random
import statistics
import time
from typing import Callable, Mapping, NamedTuple, Sequence

_LEAST_SECONDS = 0.01  # a step faster than this is called several times in each round
_WARM_UP_CALLS = 3
_PAUSE_SECONDS = 0.002


class Spread(NamedTuple):
    """Median, smallest and largest of the rounds."""

    median: float
    low: float
    high: float

    def __str__(self) -> str:
        low, high = (f"{value:.1f}" for value in (self.low, self.high))
        return f"**{self.median:.1f}** ({low}–{high})"


def race(steps: Mapping[str, Callable[[], object]], rounds: int, seed: int) -> dict[str, list[float]]:
    """CPU seconds of one call of each step in each round; the order is drawn anew for every round."""
    calls = {name: _calls_needed(step) for name, step in steps.items()}
    seconds: dict[str, list[float]] = {name: [] for name in steps}
    order, shuffle = list(steps), random.Random(seed).shuffle
    gc.collect()
    for _ in range(rounds):
        shuffle(order)
        for name in order:
            _settle()
            seconds[name].append(_cpu_seconds(steps[name], calls[name]))
    return seconds


def ratios(seconds: Sequence[float], base: Sequence[float]) -> Spread:
    """How many times as long as the base, round by round."""
    each = [mine / theirs for mine, theirs in zip(seconds, base, strict=True)]
    return Spread(statistics.median(each), min(each), max(each))


def _calls_needed(step: Callable[[], object]) -> int:
    for _ in range(_WARM_UP_CALLS):
        step()
    return max(1, math.ceil(_LEAST_SECONDS / max(_cpu_seconds(step, 1), 1e-6)))


def _settle() -> None:
    """Waits for the threads of the step before: XLA's still free memory when the result is there, at our expense."""
    busy = _PAUSE_SECONDS
    while busy > _PAUSE_SECONDS / 10:
        before = time.process_time()
        time.sleep(_PAUSE_SECONDS)
        busy = time.process_time() - before


def _cpu_seconds(step: Callable[[], object], calls: int) -> float:
    """Of the whole process, so that a library's own threads count as well."""
    before = time.process_time()
    for _ in range(calls):
        step()
    return (time.process_time() - before) / calls
