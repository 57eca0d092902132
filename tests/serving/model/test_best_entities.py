"""The entities are those of the best structures, and their probabilities are sums over all structures."""

from typing import List, Type

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skd_plugin.models import MostProbable, Threshold
from skd_plugin.serving.model.best_entities import Entity, best_entities
from skd_plugin.structures import ConstrainedChain, Factorization, FlatSpans, IndependentSpans, LinearChain, MaxEnt
from tests.structures.oracles.brute_force import Enumerated
from tests.structures.oracles.spans import EnumeratedSpans, spans_of
from tests.structures.samples.sample import Sample, random_sample
from tests.structures.samples.strategies import seeds

pytestmark = pytest.mark.slow

LABELS = {
    MaxEnt: ("I-X", "O", "L-X", "B-X", "U-X", "U-Y"),
    LinearChain: ("I-X", "O", "L-X", "B-X", "U-X", "U-Y"),
    ConstrainedChain: ("O", "U-Y", "U-X", "B-X", "I-X", "L-X"),
    FlatSpans: ("X", "Y"),
    IndependentSpans: ("Y", "X"),
}
KINDS = sorted(LABELS, key=lambda kind: kind.__name__)


def sample(kind: Type[Factorization], seed: int, lengths: List[int]) -> Sample:
    return random_sample(kind, seed, lengths, LABELS[kind])


def probability(sentence: Enumerated, first: int, words: int, kind: str) -> float:
    """The probability of all structures that contain this entity."""
    if isinstance(sentence, EnumeratedSpans):
        return sentence.span_marginals[first, words - 1, sentence.types.index(kind)]
    tags = [f"U-{kind}"] if words == 1 else [f"B-{kind}", *[f"I-{kind}"] * (words - 2), f"L-{kind}"]
    having = [list(name[first : first + words]) == tags for name in sentence.names]
    return float(sentence.probabilities[np.array(having)].sum())


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
@given(seed=seeds, lengths=st.lists(st.integers(1, 3), min_size=1, max_size=3))
def test_entities_are_the_best_and_their_probabilities_are_enumerated_ones(kind, seed: int, lengths: List[int]):
    batch = sample(kind, seed, lengths)
    entities = best_entities(batch.build(), MostProbable())
    assert len(entities) == len(lengths)
    for sentence, here in zip(batch.enumerate(), entities):
        best = spans_of([sentence.labels[y] for y in sentence.best])
        assert [(one.first, one.last - one.first + 1, one.label) for one in here] == best
        assert [one.probability for one in here] == pytest.approx([probability(sentence, *one) for one in best])


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_some_are_found(kind: Type[Factorization]):
    samples = [sample(kind, seed, [3, 1, 2]) for seed in range(5)]
    entities = [one for each in samples for row in best_entities(each.build(), MostProbable()) for one in row]
    assert {type(one) for one in entities} == {Entity} and any(one.last > one.first for one in entities)
    assert all(0 < one.probability < 1 for one in entities)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_the_probabilities_of_those_above_a_threshold_are_enumerated_ones_too(kind: Type[Factorization]):
    batch = sample(kind, 3, [3, 1, 2])
    chosen = best_entities(batch.build(), Threshold(0.01))
    assert sum(map(len, chosen)) > 0
    for sentence, entities in zip(batch.enumerate(), chosen):
        masses = [probability(sentence, one.first, one.last - one.first + 1, one.label) for one in entities]
        assert [one.probability for one in entities] == pytest.approx(masses) and min([*masses, 1]) > 0.01
