"""Scores of counts: F1, precision and recall, with intervals over sentences and seeds, and the paired test.

**Sentences.** The sentences of the file are drawn again, with replacement, as many as there are, and the score of each
such draw is computed (bootstrap; Efron and Tibshirani 1993). All systems get the same draws.

**Seeds.** The score of a system is the mean over its K runs. How far another K seeds would move it is estimated by the
spread s of the runs' scores: to each draw, t · s/√K is added, with t drawn from Student's distribution with K − 1
degrees of freedom. To draw the few runs again would understate it: K runs drawn from K have a variance that is too
small by (K − 1)/K, and no heavier tails. For sentences alone this is the usual percentile interval, for seeds alone
Student's.

**The test.** The difference of two systems is drawn in the same way, with the same sentences for both (Koehn 2004,
Berg-Kirkpatrick et al., 2012). Its p is twice the share of draws on the other side of zero, so that p < 0.05 says the
same as a 95 % interval without zero.
"""

from typing import Dict, List, NamedTuple, Optional, Sequence

import numpy as np

COVERAGE = 0.95
DRAWS = 2000
_DRAWS_AT_ONCE = 250


class Estimate(NamedTuple):
    """
    A score, or a difference of scores; NaN where there is nothing to count.

    value : the mean over the runs
    low, high : the 95 % interval
    spread : the standard deviation over the runs; None for one run
    runs : the score of each run
    p : of a difference, for the hypothesis that there is none
    """

    value: float
    low: float
    high: float
    spread: Optional[float] = None
    runs: Sequence[float] = ()
    p: Optional[float] = None


class Drawn(NamedTuple):
    """
    A score of a system for each group.

    runs : shape (run, group)
    draws : shape (draw, group)
    """

    runs: np.ndarray
    draws: np.ndarray

    @property
    def values(self) -> np.ndarray:
        return self.runs.mean(0)


def f1(totals: np.ndarray) -> np.ndarray:
    """2 · right / (found + gold), of totals on the second axis from the end: (…, 3, group) → (…, group)."""
    right, found, gold = np.moveaxis(totals, -2, 0)
    return _ratio(2 * right, found + gold)


def precision(totals: np.ndarray) -> np.ndarray:
    """right / found, as `f1`."""
    return _ratio(totals[..., 0, :], totals[..., 1, :])


def recall(totals: np.ndarray) -> np.ndarray:
    """right / gold, as `f1`."""
    return _ratio(totals[..., 0, :], totals[..., 2, :])


def _ratio(numerator: np.ndarray, denominator: np.ndarray) -> np.ndarray:
    return np.divide(numerator, denominator, out=np.full(numerator.shape, np.nan), where=denominator > 0)


SCORES = {"F1": f1, "precision": precision, "recall": recall}


class Resamples:
    """
    Draws of the sentences of a file.

    # Parameters

    sentences : `int`
    draws : `int`, optional (default = `2000`)
    seed : `int`, optional (default = `0`)
    """

    def __init__(self, sentences: int, draws: int = DRAWS, seed: int = 0) -> None:
        self._seed = seed
        generator = np.random.default_rng(seed)
        shares = np.full(sentences, 1 / sentences)
        sizes = [min(_DRAWS_AT_ONCE, draws - start) for start in range(0, draws, _DRAWS_AT_ONCE)]
        # How often each sentence is in each draw, shape (draw, sentence).
        self._weights = np.concatenate(
            [generator.multinomial(sentences, shares, size=size).astype(np.uint16) for size in sizes]
        )

    def totals(self, counts: np.ndarray) -> np.ndarray:
        """Counts of shape (…, sentence) in each draw: shape (draw, …)."""
        table = np.ascontiguousarray(counts.reshape(-1, counts.shape[-1]).T, dtype=np.float64)
        starts = range(0, len(self._weights), _DRAWS_AT_ONCE)
        parts = [self._weights[start : start + _DRAWS_AT_ONCE].astype(np.float64) @ table for start in starts]
        return np.concatenate(parts).reshape(-1, *counts.shape[:-1])

    def score(self, counts: Sequence[np.ndarray], name: str = "F1", system: int = 0) -> Drawn:
        """
        The score of a system whose runs have these counts, each of shape (3, group, sentence).

        `system` numbers the systems: the seeds of different systems are drawn by themselves.
        """
        of = SCORES[name]
        return self.mean(
            [of(one.sum(-1, dtype=np.float64)) for one in counts], [of(self.totals(one)) for one in counts], system
        )

    def mean(self, runs: Sequence[np.ndarray], draws: Sequence[np.ndarray], system: int = 0) -> Drawn:
        """The mean over runs of numbers of shape (group,), which are also given for each draw, (draw, group)."""
        values, mean = np.stack(runs), np.mean(np.stack(draws), axis=0)
        k = len(values)
        if k > 1:
            generator = np.random.default_rng([self._seed, 1 + system])
            t = generator.standard_t(k - 1, size=(len(mean), 1))
            mean = mean + t * values.std(0, ddof=1) / np.sqrt(k)
        return Drawn(values, mean)


def estimates(drawn: Drawn, lowest: float = 0.0, highest: float = 1.0) -> List[Estimate]:
    """One for each group. An interval ends where the score does."""
    low, high = np.clip(_interval(drawn.draws), lowest, highest)
    spread = drawn.runs.std(0, ddof=1) if len(drawn.runs) > 1 else [None] * len(low)
    columns = zip(drawn.values, low, high, spread, drawn.runs.T)
    return [
        Estimate(float(value), float(a), float(b), None if s is None else float(s), runs.tolist())
        for value, a, b, s, runs in columns
    ]


def differences(drawn: Drawn, baseline: Drawn) -> List[Estimate]:
    """Of a system and the baseline, one for each group, with p."""
    draws = drawn.draws - baseline.draws
    low, high = _interval(draws)
    below, above = ((side(draws, 0)).sum(0) + 1 for side in (np.less_equal, np.greater_equal))
    p = np.minimum(1.0, 2 * np.minimum(below, above) / (len(draws) + 1))
    values = drawn.values - baseline.values
    return [Estimate(float(v), float(a), float(b), p=float(one)) for v, a, b, one in zip(values, low, high, p)]


def gap_closed(system: Drawn, baseline: Drawn, teacher: Drawn) -> Optional[Estimate]:
    """
    (system − baseline) / (teacher − baseline) of the first group; None unless the teacher is surely better than the
    baseline, as the ratio may be anything then.
    """
    if not differences(teacher, baseline)[0].low > 0:
        return None
    gain, gap = system.draws - baseline.draws, teacher.draws - baseline.draws
    with np.errstate(divide="ignore", invalid="ignore"):
        low, high = _interval(gain / gap)
    value = (system.values - baseline.values) / (teacher.values - baseline.values)
    return Estimate(float(value[0]), float(low[0]), float(high[0]))


def holm(p: Dict[str, float]) -> Dict[str, float]:
    """p of several comparisons, so that the chance that any of them is wrongly called different stays 5 % (Holm)."""
    largest, adjusted = 0.0, {}
    for rank, (name, value) in enumerate(sorted(p.items(), key=lambda item: item[1])):
        largest = max(largest, min(1.0, value * (len(p) - rank)))
        adjusted[name] = largest
    return adjusted


def _interval(draws: np.ndarray) -> np.ndarray:
    """The percentiles, shape (2, group); NaN for a group that no draw has."""
    empty = np.isnan(draws).all(0)
    filled = np.where(empty, 0.0, draws)
    ends = np.nanquantile(filled, [(1 - COVERAGE) / 2, (1 + COVERAGE) / 2], axis=0)
    return np.where(empty, np.nan, ends)
