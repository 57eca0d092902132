"""MaxEnt satisfies the contract."""

import torch

from skd_plugin.structures import MaxEnt, Tokens
from tests.structures.contracts.labeling import LabelingContract
from tests.structures.samples.sample import close, random_sample


class TestMaxEnt(LabelingContract):
    kind = MaxEnt


def test_marginals_are_a_softmax_at_each_word():
    sample = random_sample(MaxEnt, seed=100, lengths=(3, 3))
    marginals = sample.build().marginals
    assert type(marginals) is Tokens
    close(marginals.tokens, sample.potentials["scores"].softmax(-1))


def test_float32_is_right_for_a_thousand_words_of_magnitude_1e4():
    sample = random_sample(MaxEnt, seed=101, lengths=(1000, 3), scale=1e4).map(torch.Tensor.float).leaves()
    exact = sample.map(torch.Tensor.double).leaves()
    expected = random_sample(MaxEnt, seed=102, lengths=(1000, 3)).build().marginals
    loss, exact_loss = sample.build().cross_entropy(expected), exact.build().cross_entropy(expected)
    close(loss.detach(), exact_loss.detach(), 1e-6)
    loss.sum().backward()
    exact_loss.sum().backward()
    close(sample.potentials["scores"].grad, exact.potentials["scores"].grad, 2e-6)
