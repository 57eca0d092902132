"""Thresholds above which entities are as precise as promised, with the confidence that was asked for."""

from typing import Any, Dict, List, Tuple

import numpy as np
import pytest
import torch
from allennlp.common.checks import ConfigurationError

from skd_plugin.models import EntityDecoding, FoundEntities, TypeThreshold, least_found
from skd_plugin.models.tagging.entity_decoding import Thresholds
from skd_plugin.models.tagging.precise_thresholds import CANDIDATES
from skd_plugin.structures import FlatSpans, bioul

WRONG, CONFIDENCE = 0.2, 0.8


def precision(threshold: float, exponent: float) -> float:
    """That of entities with uniform probabilities p, which are right with probability p^exponent, above a threshold."""
    return (1 - threshold ** (exponent + 1)) / (exponent + 1) / (1 - threshold)


@pytest.mark.parametrize("exponent", [0.7, 1.0, 1.9])
def test_the_promise_is_broken_no_more_often_than_was_said(exponent: float):
    """Simulated calibrations of models whose probabilities are too small, right, or too large."""
    random, chosen = np.random.default_rng(0), []
    for _ in range(400):
        probabilities = random.uniform(0.5, 1, size=300)
        found = FoundEntities()
        found.found = {"X": list(zip(probabilities.tolist(), random.uniform(size=300) < probabilities**exponent))}
        chosen.append(found.thresholds(WRONG, CONFIDENCE)["X"].threshold)
    broken = [one is not None and precision(one, exponent) < 1 - WRONG for one in chosen]
    assert np.mean(broken) <= 1 - CONFIDENCE
    # It is not that none is chosen.
    assert np.mean([one is not None for one in chosen]) > 0.5


def test_the_number_of_entities_that_is_needed():
    count = least_found(0.1, 0.9)
    assert count == 38
    for found, expected in ((count - 1, None), (count, 0.5)):
        entities = FoundEntities()
        entities.found = {"X": [(0.6, True)] * found}
        assert entities.thresholds(0.1, 0.9) == {"X": TypeThreshold(expected, found, found)}


def spans(*scores: Tuple[int, int, int, float]) -> FlatSpans:
    """A sentence of three words: the first and last word of a span, its type, and its log-odds; others do not occur."""
    table = torch.full((1, 3, 3, 2), -30.0)
    for first, last, kind, score in scores:
        table[0, first, last - first, kind] = score
    return FlatSpans(table, torch.ones(1, 3, dtype=torch.bool), ("X", "Y"))


def test_what_is_found_is_compared_with_gold():
    found = FoundEntities()
    found.add(spans((0, 1, 0, 2.0), (2, 2, 1, 1.0)), [{("X", (0, 1)), ("X", (2, 2))}])
    found.add(spans((0, 0, 0, -1.0)), [{("X", (0, 0))}])
    rounded = {kind: [(round(p, 3), right) for p, right in some] for kind, some in found.found.items()}
    assert rounded == {"X": [(0.881, True)], "Y": [(0.731, False)]}


def test_only_entities_above_the_threshold_of_their_type_are_returned():
    distribution = spans((0, 1, 0, 2.0), (2, 2, 1, 1.0))

    def kept(thresholds: Dict[str, float]) -> List[Tuple[int, int]]:
        chosen = Thresholds(thresholds).spans(distribution)
        return list(zip(chosen.first.tolist(), chosen.types.tolist()))

    assert kept({"X": 0.8, "Y": 0.7}) == [(0, 0), (2, 1)]
    assert kept({"X": 0.9, "Y": 0.7}) == [(2, 1)]
    assert kept({"X": 0.5}) == [(0, 0)]
    assert kept({}) == []
    tags = bioul.tags(("X", "Y"))
    decoded = Thresholds({"X": 0.5}).tags(distribution, tags)
    assert [tags[tag] for tag in decoded[0].tolist()] == ["B-X", "L-X", "O"]


@pytest.mark.parametrize(
    "thresholds, message",
    [
        ({"PER": 0.4}, r"The threshold of PER is 0.4, expected a probability of at least 0.5 and below 1"),
        ({"PER": 1.0}, r"The threshold of PER is 1.0, expected"),
        ({"GOD": 0.5}, r"`thresholds` has the types GOD, which the model does not know. Its types are .*PER"),
    ],
)
def test_thresholds_that_are_refused(build: Any, thresholds: Dict[str, float], message: str):
    with pytest.raises(ConfigurationError, match=message):
        build("skd_maxent_tagger", decoding={"type": "thresholds", "thresholds": thresholds})


def test_they_are_compared_with_what_the_model_returns():
    assert EntityDecoding.by_name("thresholds") is Thresholds and min(CANDIDATES) == 0.5
