"""The token posterior Π_i P(y_i|x) of a chain, against enumeration, with its gradient through forward–backward."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.autograd import gradcheck

from skd_plugin.structures import (
    ArcLabels,
    FlatSpans,
    HeadSelection,
    LinearChain,
    MaxEnt,
    NonProjectiveTree,
    ProjectiveTree,
    SecondOrder,
)
from skd_plugin.structures.algebra.errors import NotDefined
from tests.structures.samples.sample import BIOUL, close, random_sample
from tests.structures.samples.strategies import deterministic, samples


@deterministic
@given(data=st.data())
def test_each_word_has_its_posterior(data):
    sample = data.draw(samples(LinearChain))
    posterior = sample.build().token_posterior
    assert type(posterior) is MaxEnt and posterior.labels == sample.labels
    for row, sentence in zip(posterior.token_marginals, sample.enumerate()):
        expected = sentence.token_marginals
        close(row[: len(expected)], expected)
        assert not row[len(expected) :].any()


def test_the_cross_entropy_is_the_sum_over_words():
    teacher, student = (random_sample(LinearChain, seed=seed) for seed in (1, 2))
    loss = student.build().token_posterior.cross_entropy(teacher.build().token_posterior.marginals)
    for value, one, other in zip(loss, teacher.enumerate(), student.enumerate()):
        close(value, -(one.token_marginals * torch.tensor(other.token_marginals).log().numpy()).sum())


@pytest.mark.parametrize("lengths", [(4, 1, 2), (1,), (2, 2)])
def test_the_gradient_against_finite_differences(lengths):
    sample = random_sample(LinearChain, seed=3, lengths=lengths, labels=("noun", "verb", "det")).leaves()
    target = random_sample(MaxEnt, seed=4, lengths=lengths, labels=sample.labels).build().marginals

    def loss(*potentials):
        f = sample.build(**dict(zip(sample.potentials, potentials)))
        return f.token_posterior.cross_entropy(target)

    assert gradcheck(loss, tuple(sample.potentials.values()))


@pytest.mark.parametrize("value", [1e30, -1e30])
def test_padding_changes_neither_the_loss_nor_the_gradient(value):
    plain = random_sample(LinearChain, seed=5).leaves()
    padded = random_sample(LinearChain, seed=5).padded_with(value).leaves()
    target = random_sample(MaxEnt, seed=6).build().marginals
    losses = [sample.build().token_posterior.cross_entropy(target) for sample in (plain, padded)]
    close(losses[1].detach(), losses[0].detach())
    for loss in losses:
        loss.sum().backward()
    for name, potential in padded.potentials.items():
        close(potential.grad, plain.potentials[name].grad)


@pytest.mark.parametrize("length, scale", [(2, 1), (400, 15), (60, 60)])
def test_float32_of_long_chains_with_forbidden_transitions(length, scale):
    sample = random_sample(LinearChain, seed=length, lengths=(length, 1), labels=BIOUL, scale=scale)
    sample.potentials["transitions"][0, 1] = -1e9
    single = sample.map(torch.Tensor.float).leaves()
    f = single.build()
    posterior = f.token_posterior
    close(posterior.token_marginals, f.token_marginals, 1e-5)
    posterior.cross_entropy(f.token_posterior.indicator(f.argmax)).sum().backward()
    assert all(value.grad.isfinite().all() for value in single.potentials.values())


def test_a_sentence_without_words():
    sample = random_sample(LinearChain, seed=7).leaves()
    mask = sample.mask & torch.tensor([[True], [False], [True]])
    posterior = sample.build(mask=mask).token_posterior
    loss = posterior.cross_entropy(posterior.indicator(posterior.argmax))
    assert loss[1] == 0
    loss.sum().backward()
    assert all(value.grad.isfinite().all() for value in sample.potentials.values())


@pytest.mark.parametrize("kind", [MaxEnt, HeadSelection, ArcLabels])
def test_independent_words_are_their_own_posteriors(kind):
    f = random_sample(kind, seed=8).build()
    assert f.token_posterior is f


def test_the_token_posterior_of_a_mean_field_parser_is_q():
    f = random_sample(SecondOrder, seed=9).build()
    assert f.token_posterior is f.posterior


@pytest.mark.parametrize("kind", [NonProjectiveTree, ProjectiveTree])
def test_trees_have_no_token_posterior(kind):
    message = f"A {kind.__name__} has no distribution of each word by itself to learn from. Choose a student"
    with pytest.raises(NotDefined, match=message):
        _ = random_sample(kind, seed=10).build().token_posterior


def test_spans_have_no_token_posterior():
    mask = torch.ones(1, 3, dtype=torch.bool)
    with pytest.raises(NotDefined, match="A FlatSpans has no distribution of each word"):
        _ = FlatSpans(torch.zeros(1, 3, 2, 1), mask, ("PER",)).token_posterior
