"""Non-projective trees: log Z and marginals of both kernels against enumeration, determinants and each other."""

from functools import lru_cache
from typing import Callable, Dict, Tuple

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from skd_plugin.structures.kernels.trees import matrix_tree_log, matrix_tree_numba
from skd_plugin.structures.kernels.trees.matrix_tree import inside_outside
from tests.structures.oracles.trees import head_assignments, is_tree
from tests.structures.samples.strategies import deterministic

Inference = Tuple[np.ndarray, np.ndarray]


def in_log_domain(arcs: np.ndarray, lengths: np.ndarray) -> Inference:
    scores, log_z = matrix_tree_numba.shifted(arcs, lengths)
    marginals = np.zeros_like(scores)
    for b, n in enumerate(lengths):
        if n > 0:
            exact, marginals[b, :n, : n + 1] = matrix_tree_log.inside_outside(scores[b, :n, : n + 1].copy())
            log_z[b] += exact
    return log_z, marginals


KERNELS: Dict[str, Callable[[np.ndarray, np.ndarray], Inference]] = {"scaled": inside_outside, "log": in_log_domain}
every_kernel = pytest.mark.parametrize("kernel", KERNELS.values(), ids=KERNELS.keys())

trees = lru_cache(lambda n: head_assignments(n, is_tree))


def enumeration(arcs: np.ndarray) -> Inference:
    """log Z and the marginals of one sentence without padding, arcs of shape (n, n + 1)."""
    heads, words = trees(len(arcs)), np.arange(len(arcs))
    scores = arcs.astype(np.float64)[words, heads].sum(1)
    weights = np.exp(scores - scores.max())
    marginals = np.zeros(arcs.shape)
    np.add.at(marginals, (words, heads), weights[:, None] / weights.sum())
    return scores.max() + np.log(weights.sum()), marginals


def random_arcs(seed: int, batch: int, n: int, scale: float) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(batch, n, n + 1)) * scale


def full(arcs: np.ndarray) -> np.ndarray:
    return np.full(len(arcs), arcs.shape[1])


def is_safe(arcs: np.ndarray) -> np.ndarray:
    scores, _ = matrix_tree_numba.shifted(arcs, full(arcs))
    return matrix_tree_numba.inside_outside(np.exp(scores), full(arcs))[1]


@every_kernel
@pytest.mark.parametrize("scale", [0.1, 1, 5, 30, 1e4, 1e9])
@deterministic
@given(n=st.integers(1, 5), seed=st.integers(0, 10**6), dtype=st.sampled_from([np.float32, np.float64]))
def test_enumeration(kernel, scale, n, seed, dtype):
    arcs = random_arcs(seed, 2, n, scale).astype(dtype)
    log_z, marginals = kernel(arcs, full(arcs))
    assert log_z.dtype == marginals.dtype == np.float64
    for b, sentence in enumerate(arcs):
        exact_log_z, exact = enumeration(sentence)
        assert_allclose(log_z[b], exact_log_z, rtol=1e-13, atol=1e-12)
        assert_allclose(marginals[b], exact, rtol=0, atol=max(1e-12, scale * 1e-14))


@every_kernel
@pytest.mark.parametrize("forbidden", [-1e4, -1e9])
def test_forbidden_arcs_and_ties(kernel, forbidden):
    arcs = np.random.default_rng(0).choice([0.0, 1.0, forbidden], size=(300, 4, 5))
    log_z, marginals = kernel(arcs, full(arcs))
    assert not is_safe(arcs).all()
    for b, sentence in enumerate(arcs):
        exact_log_z, exact = enumeration(sentence)
        assert_allclose(log_z[b], exact_log_z, rtol=0, atol=-forbidden * 2e-15)
        assert_allclose(marginals[b], exact, rtol=0, atol=-forbidden * 2e-15)


@every_kernel
@pytest.mark.parametrize("scale", [1, 1e4])
def test_padding_changes_nothing(kernel, scale):
    lengths = np.array([0, 1, 2, 7, 9, 0])
    arcs = random_arcs(1, len(lengths), 9, scale)
    other = arcs.copy()
    for b, n in enumerate(lengths):
        other[b, n:] = other[b, :, n + 1 :] = 1e9
        other[b, np.arange(9), np.arange(9) + 1] = -1e9 if b % 2 else 1e9
    before, expected = other.copy(), kernel(arcs, lengths)
    log_z, marginals = kernel(other, lengths)
    assert (other == before).all()
    assert (log_z == expected[0]).all() and (marginals == expected[1]).all()
    assert log_z[0] == 0 and log_z[1] == arcs[1, 0, 0]
    for b, n in enumerate(lengths):
        assert not marginals[b, n:].any() and not marginals[b, :, n + 1 :].any()
        assert not marginals[b, np.arange(9), np.arange(9) + 1].any()
        alone = kernel(arcs[b : b + 1, :n, : n + 1].copy(), lengths[b : b + 1])
        assert alone[0][0] == log_z[b]
        assert_allclose(marginals[b, :n, : n + 1], alone[1][0], rtol=0, atol=1e-15)
        assert_allclose(marginals[b, :n].sum(1), 1, rtol=1e-12)
        assert_allclose(marginals[b, :, 0].sum(), min(n, 1), rtol=1e-12)


@every_kernel
def test_offsets_of_the_dependents_change_only_log_z(kernel):
    arcs = random_arcs(2, 3, 25, 15)
    offsets = np.random.default_rng(3).uniform(-200, 200, (3, 25, 1))
    log_z, marginals = kernel(arcs, full(arcs))
    shifted_log_z, shifted = kernel(arcs + offsets, full(arcs))
    assert_allclose(shifted_log_z, log_z + offsets.sum((1, 2)), rtol=1e-13)
    assert_allclose(shifted, marginals, rtol=0, atol=1e-11)


@pytest.mark.parametrize("n", [25, 50])
@pytest.mark.parametrize("scale", [15, 60])
def test_the_kernels_agree(n, scale):
    arcs = random_arcs(4, 4, n, scale)
    assert is_safe(arcs).all()
    (log_z, marginals), (exact_log_z, exact) = inside_outside(arcs, full(arcs)), in_log_domain(arcs, full(arcs))
    assert_allclose(log_z, exact_log_z, rtol=1e-13)
    assert_allclose(marginals, exact, rtol=0, atol=1e-12)
    assert (marginals >= 0).all()


def test_long_single_precision():
    arcs = random_arcs(5, 1, 200, 3).astype(np.float32)
    (log_z, marginals), (exact_log_z, exact) = inside_outside(arcs, full(arcs)), in_log_domain(arcs, full(arcs))
    assert_allclose(log_z, exact_log_z, rtol=1e-13)
    assert_allclose(marginals, exact, rtol=0, atol=1e-12)


@every_kernel
def test_determinant(kernel):
    """Koo et al. 2007, section 3: the Laplacian of the words with its first row replaced by the root weights."""
    arcs = torch.from_numpy(random_arcs(6, 3, 50, 1)).requires_grad_()
    between = arcs[:, :, 1:].transpose(1, 2).exp() * (1 - torch.eye(50))
    laplacian = torch.diag_embed(between.sum(1)) - between
    log_det = torch.cat((arcs[:, None, :, 0].exp(), laplacian[:, 1:]), 1).slogdet()[1]
    log_z, marginals = kernel(arcs.detach().numpy(), np.full(3, 50))
    assert_allclose(log_z, log_det.detach().numpy(), rtol=1e-12)
    assert_allclose(marginals, torch.autograd.grad(log_det.sum(), arcs)[0].numpy(), rtol=0, atol=1e-12)
