"""Finds the decoding of entities with the best F1, from probabilities that are computed once."""

from typing import List, NamedTuple, Optional, Sequence, Set, Tuple

import numpy as np
import torch

from skd_plugin.models.tagging.entity_decoding import MostProbable, entity_types
from skd_plugin.structures import Factorization, Labeling, ScoredSpans, SpanFactored, select

GoldSpans = Set[Tuple[str, Tuple[int, int]]]
"""The type, the first and the last word of each gold entity of a sentence, as AllenNLP gives those of BIOUL tags."""

_PERCENT = [*range(1, 10), *range(10, 50, 2), *range(50, 100, 5)]
THRESHOLDS = tuple(percent / 100 for percent in _PERCENT)
"""The thresholds that are compared."""

RESAMPLES = 200
_RANGE = (0.05, 0.95)


class Entities(NamedTuple):
    """
    Spans of many sentences.

    spans : the sentences are numbered in the order in which they were read
    right : whether each is a gold entity, bool, shape (count,)
    """

    spans: ScoredSpans
    right: np.ndarray


class Counts(NamedTuple):
    """The numbers of entities that were returned and of those that are right in each sentence, shape (sentence,)."""

    found: np.ndarray
    right: np.ndarray


class Scores(NamedTuple):
    """`found` is the number of entities that were returned."""

    found: int
    precision: float
    recall: float
    f1: float


class Tuned(NamedTuple):
    """
    What was found, and how sure it is, by 200 resamples of the sentences (bootstrap).

    threshold : the median of the best thresholds of the resamples
    scores : those of the threshold, on the sentences that it was tuned on
    range : between these thresholds are nine in ten of the best ones of the resamples
    gain : the F1 above that of the most probable entities, on the sentences that are not in a resample; the mean
    gain_range : nine in ten of the gains
    """

    threshold: float
    scores: Scores
    range: Tuple[float, float]
    gain: float
    gain_range: Tuple[float, float]

    @property
    def is_better(self) -> bool:
        """Whether the threshold is better than the most probable entities on sentences that it was not tuned on."""
        return self.gain > 0

    @property
    def is_sure(self) -> bool:
        """Whether it is so in nineteen of twenty resamples."""
        return self.gain_range[0] > 0


class Observations:
    """The probable spans and the most probable entities of a text, with the gold entities if there are some."""

    def __init__(self) -> None:
        self._candidates: List[Entities] = []
        self._best: List[Entities] = []
        self._expected: List[float] = []
        self._gold: List[int] = []

    def add(self, distribution: Factorization, gold: Optional[Sequence[GoldSpans]] = None) -> None:
        """Adds a batch of sentences, with the gold entities of each."""
        assert isinstance(distribution, (Labeling, SpanFactored))
        types = entity_types(distribution)
        rows = gold or [set()] * len(distribution.mask)
        self._candidates.append(self._compared(distribution.spans_above(THRESHOLDS[0]), types, rows))
        self._best.append(self._compared(MostProbable().spans(distribution), types, rows))
        self._expected += distribution.expected_spans.tolist()
        self._gold += map(len, rows)

    @property
    def sentences(self) -> int:
        return len(self._gold)

    @property
    def gold(self) -> int:
        """The number of gold entities."""
        return sum(self._gold)

    def most_probable(self) -> Scores:
        """The scores of the most probable entities."""
        return self._scores(self._counts(_joined(self._best)))

    def at(self, threshold: float) -> Scores:
        """The scores of a threshold. One below the first of `THRESHOLDS` counts as that."""
        return self._scores(self._counts_at(_joined(self._candidates), max(threshold, THRESHOLDS[0])))

    @property
    def expected(self) -> float:
        """The expected number of entities in the text, Σ p of all spans."""
        return sum(self._expected)

    def expected_f1_of_most_probable(self) -> float:
        """2 Σ p / (k + Σ p of all spans), of the k most probable entities."""
        spans = _joined(self._best).spans
        return self._ratio(float(spans.probabilities.sum()), len(spans.rows))

    def expected_f1(self) -> float:
        """
        The largest expected F1 of the text, which needs no gold.

        By Dinkelbach's iteration: the best set for a threshold F / 2 has an F that is at least as large, until it is
        the same. Rounded to 0.001.
        """
        candidates, f1 = _joined(self._candidates).spans, 0.0
        while True:
            threshold = max(f1 / 2, THRESHOLDS[0])
            chosen = select(_above(candidates, threshold), threshold).probabilities
            larger = self._ratio(float(chosen.sum()), len(chosen))
            if larger <= f1 + 1e-6:
                return round(f1, 3)
            f1 = larger

    def tune(self) -> Tuned:
        """The best threshold for the gold entities."""
        candidates, gold = _joined(self._candidates), np.array(self._gold, dtype=float)
        counts = [self._counts_at(candidates, threshold) for threshold in THRESHOLDS]
        table = Counts(*(np.stack(parts).T.astype(float) for parts in zip(*counts, self._counts(_joined(self._best)))))
        weights = _resamples(len(gold))
        resampled = _f1(weights, table, gold)[:, :-1].argmax(1)
        left_out = _f1((weights == 0).astype(float), table, gold)
        gains = left_out[np.arange(len(weights)), resampled] - left_out[:, -1]
        threshold = THRESHOLDS[int(np.median(resampled))]
        low, high = (THRESHOLDS[int(place)] for place in np.quantile(resampled, _RANGE, method="nearest"))
        smallest, largest = np.quantile(gains, _RANGE).tolist()
        return Tuned(threshold, self.at(threshold), (low, high), float(gains.mean()), (smallest, largest))

    def _compared(self, spans: ScoredSpans, types: Tuple[str, ...], gold: Sequence[GoldSpans]) -> Entities:
        columns = zip(*(column.tolist() for column in spans[:4]))
        right = [(types[kind], (first, last)) in gold[row] for row, first, last, kind in columns]
        numbered = spans._replace(rows=spans.rows + self.sentences)
        return Entities(ScoredSpans(*(column.cpu() for column in numbered)), np.array(right, dtype=bool))

    def _counts_at(self, candidates: Entities, threshold: float) -> Counts:
        # The types are no longer needed: their column carries the places of the spans.
        numbered = candidates.spans._replace(types=torch.arange(len(candidates.right)))
        spans = select(_above(numbered, threshold), threshold)
        return self._counts(Entities(spans, candidates.right[spans.types.numpy()]))

    def _counts(self, entities: Entities) -> Counts:
        rows = entities.spans.rows.numpy()
        return Counts(*(np.bincount(part, minlength=self.sentences) for part in (rows, rows[entities.right])))

    def _scores(self, counts: Counts) -> Scores:
        found, right, gold = int(counts.found.sum()), int(counts.right.sum()), self.gold
        return Scores(found, right / max(found, 1), right / max(gold, 1), 2 * right / max(found + gold, 1))

    def _ratio(self, probabilities: float, found: int) -> float:
        total = found + self.expected
        return 2 * probabilities / total if total else 0.0


def _joined(parts: Sequence[Entities]) -> Entities:
    columns = zip(*(part.spans for part in parts))
    return Entities(
        ScoredSpans(*(torch.cat(column) for column in columns)), np.concatenate([part.right for part in parts])
    )


def _above(spans: ScoredSpans, threshold: float) -> ScoredSpans:
    kept = spans.probabilities > threshold
    return ScoredSpans(*(column[kept] for column in spans))


def _resamples(sentences: int) -> np.ndarray:
    """How often each sentence is in each resample, shape (resample, sentence); the same numbers at every call."""
    shares = np.full(sentences, 1 / sentences)
    return np.random.default_rng(0).multinomial(sentences, shares, size=RESAMPLES).astype(float)


def _f1(weights: np.ndarray, counts: Counts, gold: np.ndarray) -> np.ndarray:
    """F1 for each resample and each column of the counts, whose shape is (sentence, decoding)."""
    total = weights @ counts.found + (weights @ gold)[:, None]
    return 2 * (weights @ counts.right) / np.maximum(total, 1)
