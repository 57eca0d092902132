"""Inference over flat spans, compiled and in batched torch, against enumeration, a plain loop and each other."""

from math import log, log1p, sqrt
from typing import Callable, Dict, List, NamedTuple, Tuple

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from skd_plugin.structures.kernels.spans import inside_outside, inside_outside_numba, inside_outside_torch
from tests.structures.oracles.spans import flat_sets
from tests.structures.samples.strategies import deterministic, scales, seeds

FORBIDDEN = -1e9


class Inference(NamedTuple):
    log_z: Tensor
    marginals: Tensor


def on(device: str) -> Callable[[Tensor, Tensor], Inference]:
    def run(scores: Tensor, lengths: Tensor) -> Inference:
        results = inside_outside_torch.inside_outside(scores.to(device), lengths.to(device))
        return Inference(*(value.cpu() for value in results))

    return run


DEVICES = ["cpu", *(["cuda"] if torch.cuda.is_available() else [])]
BACKENDS: Dict[str, Callable[[Tensor, Tensor], Inference]] = {
    "numba": lambda *given: Inference(*inside_outside.inside_outside(*given)),
    **{f"torch {device}": on(device) for device in DEVICES},
}
every_backend = pytest.mark.parametrize("backend", BACKENDS.values(), ids=BACKENDS.keys())
sentence_lengths = st.lists(st.integers(0, 4), min_size=1, max_size=4)
any_scale = scales | st.sampled_from([1e4, 1e8])


def sample(lengths: List[int], width: int, size: int, seed: int = 0, scale: float = 1.0) -> Tuple[Tensor, Tensor]:
    noise = np.random.default_rng(seed).standard_normal((len(lengths), max(lengths), width, size))
    return torch.from_numpy(noise * scale), torch.tensor(lengths)


def exist(scores: Tensor, lengths: Tensor) -> Tensor:
    """Whether a span ends within its sentence: shape (batch, n, width, type)."""
    b, i, w, _ = torch.from_numpy(np.indices(scores.shape))
    return i + w < lengths[b]


def enumerated(scores: np.ndarray) -> Tuple[float, np.ndarray]:
    """The sums over all sets of one sentence, from their definition."""
    sets = flat_sets(*scores.shape)
    totals = np.tensordot(sets, scores, 3)
    log_z = totals.max() + np.log(np.exp(totals - totals.max()).sum())
    return log_z, np.tensordot(np.exp(totals - log_z), sets, 1)


def plain_loop(scores: Tensor) -> Tuple[Tensor, Tensor]:
    """The specification for sentences too long to enumerate: log Z word by word, and its gradient."""
    leaf = scores.double().requires_grad_()
    totals, prefixes = leaf.logsumexp(-1), [(0 * leaf).sum()]
    for end in range(1, len(scores) + 1):
        spans = [prefixes[end - w] + totals[end - w, w - 1] for w in range(1, min(end, scores.shape[1]) + 1)]
        prefixes.append(torch.stack([prefixes[-1], *spans]).logsumexp(0))
    return prefixes[-1].detach(), torch.autograd.grad(prefixes[-1], leaf)[0]


def is_safe(scores: Tensor, lengths: Tensor) -> List[bool]:
    return inside_outside_numba.inside_outside(scores.exp().numpy(), lengths.numpy())[1].tolist()


def close(actual, expected, tolerance=1e-10):
    np.testing.assert_allclose(actual, expected, rtol=1e-12, atol=tolerance)


@every_backend
@deterministic
@given(sentence_lengths, st.integers(1, 6), st.integers(1, 2), seeds, any_scale, st.floats(0, 1))
def test_enumeration(backend, lengths, width, size, seed, scale, forbidden):
    scores, lengths = sample(lengths, width, size, seed, scale)
    scores[torch.rand(scores.shape, generator=torch.Generator().manual_seed(seed)) < forbidden] = FORBIDDEN
    unchanged = scores.clone()
    log_z, marginals = backend(scores, lengths)
    for b, n in enumerate(lengths):
        exact_z, exact = enumerated(scores[b, :n].numpy())
        close(log_z[b], exact_z)
        close(marginals[b, :n], exact, 1e-10 + scale * 1e-15)
    assert not marginals[~exist(scores, lengths)].any()
    assert scores.equal(unchanged)


@every_backend
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("filler", [1e9, FORBIDDEN, np.inf, np.nan])
def test_spans_beyond_the_sentence_change_nothing(backend, filler, dtype):
    scores, lengths = sample([3, 0, 5, 1], width=7, size=2, seed=1)
    scores = scores.to(dtype)
    results = backend(scores.masked_fill(~exist(scores, lengths), filler), lengths)
    for one, other in zip(results, backend(scores, lengths)):
        assert one.equal(other)


@every_backend
@pytest.mark.parametrize("scale, shift", [(1, 0), (3, -8), (30, 0), (1e4, 0), (1, FORBIDDEN), (0, 88.8), (50, -200)])
def test_a_plain_loop(backend, scale, shift):
    scores, lengths = sample([60, 1, 0, 33], width=12, size=3, seed=2, scale=scale)
    scores += shift
    log_z, marginals = backend(scores, lengths)
    for b, n in enumerate(lengths):
        exact_z, exact = plain_loop(scores[b, :n])
        close(log_z[b], exact_z)
        close(marginals[b, :n], exact, 1e-10 + scale * 60e-15)


@every_backend
@pytest.mark.parametrize("shift, safe", [(-4.0, True), (0.0, False)])
def test_1000_words(backend, shift, safe):
    scores, lengths = sample([1000, 700], width=9, size=4, seed=3)
    scores += shift
    assert is_safe(scores, lengths)[0] == safe
    log_z, marginals = backend(scores, lengths)
    exact_z, exact = plain_loop(scores[0])
    close(log_z[0], exact_z)
    close(marginals[0], exact)


@every_backend
@pytest.mark.parametrize("n", [1, 2, 3, 50, 300, 1000])
def test_the_number_of_sets(backend, n):
    """With one type it is the Fibonacci number F(2n + 1) = 2, 5, 13, …"""
    log_z, _ = backend(torch.zeros(1, n, n, 1), torch.tensor([n]))
    golden = (1 + sqrt(5)) / 2
    small = golden ** -(4 * n + 2)
    close(log_z[0], (2 * n + 1) * log(golden) + log1p(small) - log(5) / 2)


@every_backend
@pytest.mark.parametrize("scale", [1, 30, 1e4])
def test_float32(backend, scale):
    scores, lengths = sample([80, 33, 1, 2], width=80, size=4, seed=4, scale=scale)
    single = scores.float()
    log_z, marginals = backend(single, lengths)
    assert marginals.dtype == torch.float32 and log_z.dtype == torch.float64
    exact_z, exact = backend(single.double(), lengths)
    close(log_z, exact_z, 1e-5)
    close(marginals, exact, 1e-6)


def test_the_backends_agree():
    scores, lengths = sample([80, 33, 1, 2, 0], width=80, size=4, seed=5, scale=4.0)
    reference = BACKENDS["numba"](scores, lengths)
    for backend in BACKENDS.values():
        for one, other in zip(backend(scores, lengths), reference):
            assert one.dtype == other.dtype == torch.float64
            close(one, other)


@every_backend
def test_no_words_and_no_sentences(backend):
    log_z, marginals = backend(torch.zeros(2, 0, 3, 2), torch.tensor([0, 0]))
    assert log_z.tolist() == [0, 0] and marginals.shape == (2, 0, 3, 2)
    log_z, marginals = backend(torch.zeros(0, 4, 3, 2), torch.zeros(0, dtype=torch.int64))
    assert log_z.shape == (0,) and marginals.shape == (0, 4, 3, 2)


def test_a_view_is_read_in_its_own_order():
    scores, lengths = sample([9, 5], width=4, size=3, seed=6)
    view = scores.permute(3, 2, 1, 0).contiguous().permute(3, 2, 1, 0)
    for one, other in zip(inside_outside.inside_outside(view, lengths), BACKENDS["numba"](scores, lengths)):
        assert one.equal(other)


def test_the_log_domain_is_used_only_where_necessary(monkeypatch):
    seen = []
    original = inside_outside_torch.inside_outside
    monkeypatch.setattr(
        inside_outside_torch, "inside_outside", lambda *given: seen.append(given[1]) or original(*given)
    )
    scores, lengths = sample([50, 49, 48], width=10, size=4, seed=7, scale=5.0)
    inside_outside.inside_outside(scores, lengths)
    assert not seen
    scores[1] *= 1e3
    inside_outside.inside_outside(scores, lengths)
    assert [given.tolist() for given in seen] == [[49]]
