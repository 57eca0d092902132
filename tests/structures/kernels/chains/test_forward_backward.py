"""Forward–backward of a chain, compiled and in batched torch, against enumeration and each other."""

from typing import Callable, Dict, NamedTuple

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from skd_plugin.structures import LinearChain
from skd_plugin.structures.kernels.chains import forward_backward_torch
from skd_plugin.structures.kernels.chains.forward_backward import ChainPotentials, forward_backward, shifted
from tests.structures.oracles.long_chain import forward_backward as reference
from tests.structures.samples.sample import BIOUL, Sample, close, random_sample
from tests.structures.samples.strategies import deterministic, samples


class Inference(NamedTuple):
    log_partition: Tensor
    tokens: Tensor
    transitions: Tensor


class Chain(NamedTuple):
    """What the backends take: start and end scores added to the first and the last word."""

    scores: Tensor
    transitions: Tensor
    lengths: Tensor


def compiled(chain: Chain, with_counts: bool = True) -> Inference:
    scores, transitions, lengths = chain
    nothing = torch.zeros_like(transitions[0])
    potentials = ChainPotentials(scores, transitions, nothing, nothing)
    return Inference(*forward_backward(potentials, shifted(potentials, lengths), lengths, with_counts))


def batched(device: str) -> Callable[..., Inference]:
    def run(chain: Chain, with_counts: bool = True) -> Inference:
        results = forward_backward_torch.forward_backward(*(value.to(device) for value in chain), with_counts)
        return Inference(*(value.cpu() for value in results))

    return run


DEVICES = ["cpu", *(["cuda"] if torch.cuda.is_available() else [])]
BACKENDS: Dict[str, Callable[..., Inference]] = {
    "numba": compiled,
    **{f"torch {d}": batched(d) for d in DEVICES},
}
every_backend = pytest.mark.parametrize("backend", BACKENDS.values(), ids=BACKENDS.keys())


@every_backend
@deterministic
@given(data=st.data())
def test_enumeration(backend, data):
    sample = data.draw(samples(LinearChain))
    results = backend(chain_of(sample))
    for index, sentence in enumerate(sample.enumerate()):
        n = len(sentence.token_marginals)
        close(results.log_partition[index], sentence.log_partition)
        close(results.tokens[index, :n], sentence.token_marginals)
        close(results.transitions[index], sentence.transitions)
        assert not results.tokens[index, n:].any()


@every_backend
def test_without_counts_the_rest_is_the_same(backend):
    chain = chain_of(random_sample(LinearChain, seed=300))
    with_counts, without = backend(chain), backend(chain, with_counts=False)
    close(without.log_partition, with_counts.log_partition)
    close(without.tokens, with_counts.tokens)
    assert without.transitions.shape == (3, 0, 4)


@every_backend
@pytest.mark.parametrize("forbidden", [None, -1e4, -1e9])
@pytest.mark.parametrize("scale", [1, 30, 1e4])
def test_float32_hard_cases(backend, scale, forbidden):
    sample = random_sample(LinearChain, seed=301, lengths=(200, 1, 7), labels=BIOUL, scale=scale)
    if forbidden:
        sample.potentials["transitions"].diagonal().fill_(forbidden)
    single = chain_of(sample.map(Tensor.float))
    results = backend(single)
    assert results.tokens.dtype == torch.float32 and results.log_partition.dtype == torch.float64
    for index, n in enumerate(sample.lengths):
        zero = np.zeros(5)
        scores, transitions = single.scores[index, :n].double().numpy(), single.transitions.double().numpy()
        exact = reference({"emissions": scores, "transitions": transitions, "start": zero, "end": zero})
        np.testing.assert_allclose(results.log_partition[index], exact.log_partition, rtol=1e-6, atol=1e-5)
        close(results.tokens[index, :n], np.float32(exact.tokens), 2e-6)
        close(results.transitions[index], exact.transitions, 2e-6 * n)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_the_backends_agree(dtype):
    sample = random_sample(LinearChain, seed=302, lengths=(80, 33, 1, 2), scale=4.0)
    chain = chain_of(sample.map(lambda value: value.to(dtype)))
    reference = BACKENDS["numba"](chain)
    for backend in BACKENDS.values():
        for one, other in zip(backend(chain), reference):
            assert one.dtype == other.dtype
            close(one, other, 1e-10 if dtype == torch.float64 else 5e-6)


def chain_of(sample: Sample) -> Chain:
    scores, lengths = sample.potentials["emissions"].clone(), sample.mask.sum(1)
    scores[:, 0] += sample.potentials["start"]
    scores[torch.arange(len(lengths)), lengths - 1] += sample.potentials["end"]
    return Chain(scores, sample.potentials["transitions"], lengths)
