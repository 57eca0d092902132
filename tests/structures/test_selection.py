"""Of spans that overlap, those are selected that have the largest sum, in every sentence by itself."""

import random
from typing import List, Tuple

import pytest
import torch

from skd_plugin.structures import ScoredSpans, select
from tests.structures.oracles.flat_selection import flat_subsets

Row = List[Tuple[int, int, float]]


def scored(sentences: List[Row]) -> ScoredSpans:
    """Spans (first word, last word, probability) of sentences, in the order that `select` expects."""
    rows = [(row, *span) for row, spans in enumerate(sentences) for span in sorted(spans, key=lambda span: span[1])]
    columns = [*zip(*rows)] if rows else [()] * 4
    row, first, last = (torch.tensor(column, dtype=torch.long) for column in columns[:3])
    return ScoredSpans(row, first, last, torch.arange(len(rows)), torch.tensor(columns[3], dtype=torch.float64))


@pytest.mark.parametrize("seed", range(20))
def test_it_is_the_best_of_all_subsets(seed: int):
    random.seed(seed)
    sentences = [
        [(first := random.randrange(6), random.randint(first, 6), random.uniform(0, 0.9)) for _ in range(count)]
        for count in (7, 0, 1, 5)
    ]
    spans = scored(sentences)
    chosen = set(select(spans, 0.2).types.tolist())
    for row in range(len(sentences)):
        places = [k for k in range(len(spans.rows)) if spans.rows[k] == row]
        gains = [float(spans.probabilities[k]) - 0.2 for k in places]
        subsets = flat_subsets([(int(spans.first[k]), int(spans.last[k])) for k in places])
        here = tuple(n for n, k in enumerate(places) if k in chosen)
        assert here in subsets
        assert sum(gains[n] for n in here) == pytest.approx(max(sum(gains[n] for n in one) for one in subsets))


def test_two_together_may_be_better_than_the_most_probable_one():
    spans = scored([[(0, 1, 0.5), (2, 3, 0.5), (1, 2, 0.6)], [(1, 2, 0.6)]])
    assert select(spans, 0.1).rows.tolist() == [0, 0, 1]
    assert select(spans, 0.45).probabilities.tolist() == [0.6, 0.6]


def test_without_spans():
    assert len(select(scored([]), 0.3).rows) == 0


@pytest.mark.parametrize("bad", [0.0, 1.0])
def test_a_threshold_that_is_no_probability_is_refused(bad: float):
    with pytest.raises(ValueError, match=rf"The threshold is {bad}, expected a probability above 0 and below 1\."):
        select(scored([]), bad)
