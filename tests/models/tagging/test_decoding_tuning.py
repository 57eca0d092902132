"""The tuned threshold and the expected F1 are the best of all, by enumeration, and how sure they are is said."""

from itertools import product
from typing import List

import pytest
import torch

from skd_plugin.models import Observations, Threshold
from skd_plugin.models.tagging.decoding_tuning import THRESHOLDS
from skd_plugin.structures import IndependentSpans, MaxEnt
from tests.structures.oracles.flat_selection import flat_subsets
from tests.structures.samples.sample import random_sample

TAGS = ("O", "U-X")
X = ("X", (0, 0))


def words(*probabilities: float) -> MaxEnt:
    """Sentences of one word, each of which is an entity with the given probability."""
    scores = torch.tensor([[[1 - p, p]] for p in probabilities], dtype=torch.float64).log()
    return MaxEnt(scores, torch.ones(len(probabilities), 1, dtype=torch.bool), TAGS)


def observed(probabilities: List[float], gold: List[bool]) -> Observations:
    observations = Observations()
    for half in (slice(None, None, 2), slice(1, None, 2)):
        observations.add(words(*probabilities[half]), [{X} if is_entity else set() for is_entity in gold[half]])
    return observations


def test_the_scores_of_a_threshold_and_of_the_most_probable():
    observations = observed([0.9, 0.8, 0.3, 0.3, 0.1, 0.005], [True, False, True, True, False, True])
    assert observations.sentences == 6 and observations.gold == 4
    assert observations.most_probable() == (2, 1 / 2, 1 / 4, 1 / 3)
    assert observations.at(0.2) == (4, 3 / 4, 3 / 4, 3 / 4)
    assert observations.at(0.001) == observations.at(THRESHOLDS[0]) == (5, 3 / 5, 3 / 4, 2 / 3)
    assert observations.at(0.95) == (0, 0, 0, 0)


def test_a_threshold_that_is_better_is_found_and_sure():
    tuned = observed([0.9, 0.3, 0.3, 0.1, 0.02, 0.02] * 40, [True, True, True, False, False, False] * 40).tune()
    assert 0.1 <= tuned.threshold < 0.3 and tuned.scores.f1 == 1
    assert 0.1 <= tuned.range[0] <= tuned.threshold <= tuned.range[1] < 0.3
    assert tuned.gain == pytest.approx(0.5, abs=0.05) and 0 < tuned.gain_range[0] < tuned.gain < tuned.gain_range[1]
    assert tuned.is_better and tuned.is_sure


def test_nothing_is_better_than_a_threshold_at_which_all_is_right():
    tuned = observed([0.9, 0.1] * 40, [True, False] * 40).tune()
    assert tuned.gain == 0 and not tuned.is_better


def test_a_few_sentences_are_not_sure():
    tuned = observed([0.9, 0.3, 0.2, 0.6], [True, True, False, False]).tune()
    assert not tuned.is_sure


def test_tuning_twice_is_the_same():
    observations = observed([0.9, 0.3, 0.2, 0.6] * 5, [True, True, False, False, True] * 4)
    assert observations.tune() == observations.tune()


@pytest.mark.parametrize("kind, labels", [(MaxEnt, ("O", "B-X", "L-X", "U-X", "I-X")), (IndependentSpans, ("X",))])
@pytest.mark.parametrize("seed", range(4))
def test_no_set_of_spans_has_a_larger_expected_f1(kind, labels, seed):
    f = random_sample(kind, seed, [3, 2], labels, scale=1.5).build()
    spans, total = f.spans_above(1e-9), float(f.expected_spans.sum())
    of_rows = []
    for row in range(2):
        places = [k for k in range(len(spans.rows)) if spans.rows[k] == row]
        subsets = flat_subsets([(int(spans.first[k]), int(spans.last[k])) for k in places])
        of_rows.append([[float(spans.probabilities[places[n]]) for n in subset] for subset in subsets])
    best = max(2 * sum(one + other) / (len(one + other) + total) for one, other in product(*of_rows))
    observations = Observations()
    observations.add(f)
    assert observations.expected == pytest.approx(total)
    assert observations.expected_f1() == pytest.approx(best, abs=0.001)
    chosen = Threshold(observations.expected_f1() / 2).spans(f).probabilities
    assert 2 * float(chosen.sum()) / (len(chosen) + total) == pytest.approx(best, abs=0.001)
    assert observations.expected_f1_of_most_probable() <= best + 1e-9


def test_a_text_without_probable_entities_expects_no_f1():
    observations = Observations()
    observations.add(words(0.001, 0.002))
    assert observations.expected_f1() == 0
