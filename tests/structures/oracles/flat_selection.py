"""The specification of a selection: of all sets of given spans that do not overlap, one with the largest sum."""

from itertools import combinations
from typing import List, Sequence, Tuple

Gain = Tuple[int, int, float]
"""The first word, the last word, and what choosing the span adds."""


def best_gain(spans: Sequence[Gain], length: int) -> float:
    """The largest sum: that of the words before each word, from the first to the last."""
    best = [0.0]
    for j in range(length):
        ending = [best[first] + gain for first, last, gain in spans if last == j]
        best.append(max([best[j], *ending]))
    return best[length]


def flat_subsets(spans: Sequence[Tuple[int, int]]) -> List[Tuple[int, ...]]:
    """The places of the spans of every set that does not overlap."""
    places = range(len(spans))
    subsets = (subset for size in range(len(spans) + 1) for subset in combinations(places, size))
    return [subset for subset in subsets if is_flat([spans[k] for k in subset])]


def is_flat(spans: Sequence[Tuple[int, int]]) -> bool:
    ordered = sorted(spans)
    return all(before[1] < after[0] for before, after in zip(ordered, ordered[1:]))
