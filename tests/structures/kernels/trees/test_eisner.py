"""Projective trees: inside–outside, in both domains, and decoding, against enumeration and each other."""

from functools import lru_cache
from math import lgamma, log
from typing import Callable, Dict, NamedTuple, Tuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skd_plugin.structures.kernels.trees import eisner, eisner_log, eisner_numba
from skd_plugin.structures.kernels.trees.eisner_charts import shifted, shortest_first
from skd_plugin.structures.kernels.trees.eisner_decoding import best_trees
from tests.structures.oracles.trees import head_assignments, is_projective
from tests.structures.samples.strategies import deterministic, scales, seeds

MAX_WORDS = 5
sentence_lengths = st.lists(st.integers(0, MAX_WORDS), min_size=1, max_size=10)
any_scale = scales | st.sampled_from([1e4, 1e9])


class Enumerated(NamedTuple):
    log_z: float
    marginals: np.ndarray
    best: float


def enumerated(arcs: np.ndarray, n: int) -> Enumerated:
    """The sums over all trees of one sentence, from its definition."""
    trees, words = projective_trees(n), np.arange(n)
    scores = arcs[words, trees].astype(np.float64).sum(1)
    log_z = scores.max() + np.log(np.exp(scores - scores.max()).sum())
    marginals = np.zeros(arcs.shape)
    for heads, score in zip(trees, scores):
        marginals[words, heads] += np.exp(score - log_z)
    return Enumerated(log_z, marginals, scores.max())


@lru_cache(maxsize=None)
def projective_trees(n: int) -> np.ndarray:
    return head_assignments(n, is_projective) if n > 0 else np.zeros((1, 0), np.int64)


def in_log_domain(arcs: np.ndarray, lengths: np.ndarray) -> Tuple[np.ndarray, np.ndarray]:
    scores, total = shifted(arcs, lengths)
    log_z, marginals = eisner_log.inside_outside(scores, lengths)
    return log_z + total, marginals


KERNELS: Dict[str, Callable[..., Tuple[np.ndarray, np.ndarray]]] = {
    "any domain": eisner.inside_outside,
    "log domain": in_log_domain,
}
every_kernel = pytest.mark.parametrize("kernel", KERNELS.values(), ids=KERNELS.keys())


def sample(lengths, seed=0, scale=1.0, dtype=np.float64) -> Tuple[np.ndarray, np.ndarray]:
    noise = np.random.default_rng(seed).standard_normal((len(lengths), max(lengths), max(lengths) + 1))
    return (noise * scale).astype(dtype), np.array(lengths)


def is_safe(arcs: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    """Which sentences are safe in the probability domain."""
    return eisner_numba.inside_outside(np.exp(shifted(arcs, lengths)[0]), lengths, shortest_first(lengths))[1]


def close(actual, expected, tolerance=1e-10):
    np.testing.assert_allclose(actual, expected, rtol=1e-12, atol=tolerance)


@every_kernel
@deterministic
@given(sentence_lengths, seeds, any_scale, st.sampled_from([np.float32, np.float64]))
def test_enumeration(kernel, lengths, seed, scale, dtype):
    arcs, lengths = sample(lengths, seed, scale, dtype)
    given_arcs = arcs.copy()
    log_z, marginals = kernel(arcs, lengths)
    for b, n in enumerate(lengths):
        exact = enumerated(arcs[b], n)
        close(log_z[b], exact.log_z)
        close(marginals[b], exact.marginals)
        assert not marginals[b][exact.marginals == 0].any() or scale > 1
    np.testing.assert_array_equal(arcs, given_arcs)
    assert log_z.dtype == marginals.dtype == np.float64


@deterministic
@given(sentence_lengths, seeds, any_scale, st.booleans())
def test_the_best_tree(lengths, seed, scale, with_ties):
    arcs, lengths = sample(lengths, seed, scale)
    arcs = np.sign(arcs) if with_ties else arcs
    heads = best_trees(arcs, lengths)
    assert heads.dtype == np.int64
    for b, n in enumerate(lengths):
        assert n == 0 or is_projective(heads[b, :n].tolist())
        close(arcs[b, np.arange(n), heads[b, :n]].sum(), enumerated(arcs[b], n).best)
        assert not heads[b, n:].any()


@every_kernel
@pytest.mark.parametrize("filler", [1e9, -1e9])
def test_padding_and_own_columns_change_nothing(kernel, filler):
    arcs, lengths = sample([3, 0, 5, 1, 5, 2, 4, 4, 1, 3, 2], seed=1)
    filled = np.full((11, 9, 10), filler)
    for b, n in enumerate(lengths):
        filled[b, :n, : n + 1] = arcs[b, :n, : n + 1]
    filled[:, np.arange(9), np.arange(1, 10)] = filler
    (log_z, marginals), (again, padded) = kernel(arcs, lengths), kernel(filled, lengths)
    close(again, log_z)
    close(padded[:, :5, :6], marginals)
    assert padded.sum() == padded[:, :5, :6].sum()
    np.testing.assert_array_equal(best_trees(filled, lengths)[:, :5], best_trees(arcs, lengths))


@pytest.mark.parametrize("batch", [1, 7, 8, 9, 16, 20])
def test_a_sentence_is_the_same_in_every_batch(batch):
    arcs, lengths = sample(list(np.random.default_rng(2).integers(0, 13, batch)), seed=3, scale=3.0)
    log_z, marginals = eisner.inside_outside(arcs, lengths)
    heads = best_trees(arcs, lengths)
    for b, n in enumerate(lengths):
        alone = np.ascontiguousarray(arcs[b : b + 1, :n, : n + 1]), lengths[b : b + 1]
        one_z, one = eisner.inside_outside(*alone)
        close(log_z[b], one_z[0])
        close(marginals[b, :n, : n + 1], one[0])
        np.testing.assert_array_equal(heads[b, :n], best_trees(*alone)[0])


@every_kernel
def test_sentences_without_a_choice(kernel):
    log_z, marginals = kernel(np.zeros((2, 0, 1)), np.array([0, 0]))
    assert log_z.tolist() == [0, 0] and marginals.shape == (2, 0, 1)
    log_z, marginals = kernel(np.array([[[3.5, 1e9]], [[7.0, 7.0]]]), np.array([1, 0]))
    assert log_z.tolist() == [3.5, 0] and marginals.tolist() == [[[1, 0]], [[0, 0]]]
    assert kernel(np.zeros((0, 3, 4)), np.zeros(0, np.int64))[1].shape == (0, 3, 4)
    assert best_trees(np.zeros((2, 1, 2)), np.array([1, 0])).tolist() == [[0], [0]]
    assert best_trees(np.zeros((2, 0, 1)), np.array([0, 0])).shape == (2, 0)


@every_kernel
def test_an_offset_of_a_dependent_moves_log_z_alone(kernel):
    arcs, lengths = sample([30, 17, 25], seed=4)
    offsets = np.random.default_rng(5).choice([-200.0, 200.0], (3, 30, 1))
    (log_z, marginals), (moved, again) = kernel(arcs, lengths), kernel(arcs + offsets, lengths)
    close(moved - log_z, [offsets[b, :n].sum() for b, n in enumerate(lengths)], 1e-9)
    close(again, marginals)
    np.testing.assert_array_equal(best_trees(arcs + offsets, lengths), best_trees(arcs, lengths))


@every_kernel
@pytest.mark.parametrize("n", [1, 2, 5, 50, 200, 250])
def test_the_number_of_trees(kernel, n):
    """C(3n − 2, n − 1) / n: 1, 2, 7, 30, 143, …"""
    log_z, marginals = kernel(np.zeros((1, n, n + 1), np.float32), np.array([n]))
    close(log_z[0], lgamma(3 * n - 1) - lgamma(n) - lgamma(2 * n) - log(n), 1e-9)
    close(marginals[0].sum(1), 1, 1e-9)


def test_200_words_in_the_probability_domain():
    arcs, lengths = sample([200, 1, 130], seed=6, dtype=np.float32)
    assert is_safe(arcs, lengths).all()
    check_domains_agree(arcs, lengths)


@pytest.mark.parametrize("n, scale", [(50, 30.0), (50, 1e4), (20, 1e9), (375, 0.0)])
def test_sentences_that_the_probability_domain_cannot_represent(n, scale):
    arcs, lengths = sample([n, 1, 3], seed=7, scale=scale)
    assert is_safe(arcs, lengths)[:2].tolist() == [False, True]
    check_domains_agree(arcs, lengths, 1e-9 + scale * n * 1e-15)


def test_the_log_domain_is_used_only_where_necessary(monkeypatch):
    seen = []
    original = eisner_log.inside_outside
    monkeypatch.setattr(eisner_log, "inside_outside", lambda *given: seen.append(given[1]) or original(*given))
    arcs, lengths = sample([50, 49, 48], seed=8, scale=30.0)
    eisner.inside_outside(arcs, lengths)
    assert not seen
    arcs[1] *= 1e4
    eisner.inside_outside(arcs, lengths)
    assert [given.tolist() for given in seen] == [[49]]


def check_domains_agree(arcs: np.ndarray, lengths: np.ndarray, tolerance: float = 1e-9) -> None:
    (log_z, marginals), (exact_z, exact) = eisner.inside_outside(arcs, lengths), in_log_domain(arcs, lengths)
    close(log_z, exact_z, 1e-9)
    close(marginals, exact, tolerance)
    for b, n in enumerate(lengths):
        close(marginals[b, :n].sum(1), 1, 1e-9)
        close(marginals[b, :, 0].sum(), 1, 1e-9)
