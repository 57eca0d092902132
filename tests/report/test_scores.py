"""Scores of counts, intervals that cover, and a test that rejects what it should and nothing more."""

import numpy as np
import pytest

from skd_plugin.report.scores import Resamples, differences, estimates, f1, gap_closed, holm, precision, recall

SENTENCES, DRAWS, TRIALS = 100, 400, 300


def counts(right, found, gold):
    """Counts of one group: shape (3, 1, sentence)."""
    return np.array([right, found, gold], dtype=float)[:, None]


def simulated(generator: np.random.Generator, skill: float, difficulty: np.ndarray) -> np.ndarray:
    """A run that finds each entity with some probability, and now and then a wrong one."""
    gold = 1 + (np.arange(len(difficulty)) % 4)
    chance = 1 / (1 + np.exp(difficulty - skill))
    right = generator.binomial(gold, chance)
    return counts(right, right + generator.poisson(0.3, len(gold)), gold)


def test_by_hand():
    totals = counts([1, 2], [2, 2], [3, 4]).sum(-1)
    assert f1(totals) == pytest.approx([2 * 3 / (4 + 7)])
    assert precision(totals) == pytest.approx([3 / 4]) and recall(totals) == pytest.approx([3 / 7])


def test_without_anything_to_count_there_is_no_score():
    drawn = Resamples(2, DRAWS).score([np.zeros((3, 1, 2))])
    [score] = estimates(drawn)
    assert np.isnan([score.value, score.low, score.high]).all()


def test_totals_of_draws_are_those_of_their_sentences():
    resamples, table = Resamples(5, DRAWS), np.arange(30.0).reshape(3, 2, 5)
    totals = resamples.totals(table)
    assert totals.shape == (DRAWS, 3, 2)
    expected = (table[None] * resamples._weights[:, None, None]).sum(-1)
    np.testing.assert_allclose(totals, expected)
    assert (resamples._weights.sum(1) == 5).all()


def test_the_same_seed_draws_the_same():
    table = [counts([1, 0, 2], [1, 1, 2], [1, 2, 3])] * 2
    first, again, other = (Resamples(3, DRAWS, seed).score(table).draws for seed in (1, 1, 2))
    assert (first == again).all() and not (first == other).all()


@pytest.mark.parametrize(("seeds", "spread"), [(1, 0.0), (3, 0.0), (3, 0.6), (5, 0.3)])
def test_intervals_cover(seeds: int, spread: float):
    """
    The true score is that of a large text and of the mean over seeds. With one seed it is that of this very model.
    """
    generator, resamples, hits = np.random.default_rng(7), Resamples(SENTENCES, DRAWS), 0
    population = generator.normal(size=20_000)
    deviations = np.linspace(-2, 2, 9) * spread
    weights = np.exp(-(np.linspace(-2, 2, 9) ** 2) / 2)
    large = [f1(simulated(generator, skill, population).sum(-1))[0] for skill in deviations]
    truth = float(np.average(large, weights=weights))
    for _ in range(TRIALS):
        difficulty = generator.choice(population, SENTENCES)
        skills = generator.choice(deviations, seeds, p=weights / weights.sum())
        [score] = estimates(resamples.score([simulated(generator, skill, difficulty) for skill in skills]))
        hits += score.low <= truth <= score.high
    # Of 300 trials 285 are expected; four standard deviations are 15. Being too wide is no fault of this kind.
    assert 0.90 <= hits / TRIALS <= (0.98 if seeds == 1 else 1.0)


def test_the_paired_test_is_right_about_nothing_and_finds_something():
    generator, resamples = np.random.default_rng(3), Resamples(SENTENCES, DRAWS)
    found = {0.0: 0, 0.8: 0}
    for gain in found:
        for _ in range(TRIALS):
            difficulty = generator.normal(size=SENTENCES)
            runs = [simulated(generator, skill, difficulty) for skill in (gain, 0.0)]
            system, baseline = (resamples.score([run], system=number) for number, run in enumerate(runs))
            [difference] = differences(system, baseline)
            assert (difference.p < 0.05) == (difference.low > 0 or difference.high < 0) or difference.p < 0.06
            found[gain] += difference.p < 0.05
    assert found[0.0] / TRIALS < 0.09 and found[0.8] / TRIALS > 0.9


def test_seeds_widen_the_interval_by_students_distribution():
    # Every sentence is alike, so that sentences add nothing.
    runs = [counts([n] * 50, [10] * 50, [10] * 50) for n in (4, 5, 6)]
    [score] = estimates(Resamples(50, 10_000).score(runs))
    assert score.value == pytest.approx(0.5) and score.spread == pytest.approx(0.1)
    # t with two degrees of freedom: 4.303.
    assert score.high - score.value == pytest.approx(4.303 * 0.1 / 3**0.5, rel=0.1)


def test_gap_closed():
    resamples = Resamples(50, DRAWS)
    student, baseline, teacher = (resamples.score([counts([n] * 50, [10] * 50, [10] * 50)]) for n in (7, 4, 8))
    closed = gap_closed(student, baseline, teacher)
    assert closed is not None and (closed.value, closed.low, closed.high) == pytest.approx((0.75,) * 3)
    assert gap_closed(student, teacher, baseline) is None, "the teacher is no better than the baseline"


def test_holm():
    assert holm({"a": 0.01, "b": 0.04, "c": 0.03}) == pytest.approx({"a": 0.03, "c": 0.06, "b": 0.06})
    assert holm({"a": 0.9, "b": 0.8}) == {"b": 1.0, "a": 1.0}
