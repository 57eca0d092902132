"""LinearChain satisfies the contract, and is right in float32 for long, confident, forbidden and huge scores."""

import numpy as np
import pytest
import torch

from skd_plugin.structures import ConstrainedChain, LinearChain, kl_divergence
from tests.structures.contracts.labeling import LabelingContract
from tests.structures.oracles.long_chain import Reference, forward_backward
from tests.structures.samples.sample import BIOUL, Sample, close, random_sample

ILLEGAL_BIOUL = torch.tensor([(a[0] in "BI") != (b[0] in "IL") for a in BIOUL for b in BIOUL]).view(5, 5)


class TestLinearChain(LabelingContract):
    kind = LinearChain


def test_the_reference_for_long_chains_agrees_with_enumeration():
    sample = random_sample(LinearChain, seed=200)
    for sentence, enumerated in zip(sample.sentences(), sample.enumerate()):
        reference = reference_of(sentence)
        close(reference.log_partition, enumerated.log_partition)
        close(reference.tokens, enumerated.token_marginals)
        close(reference.transitions, enumerated.transitions)


def test_transitions_are_indexed_from_to():
    sample = random_sample(LinearChain, seed=201, lengths=(2,), labels=("noun", "verb"), scale=0.0)
    sample.potentials["transitions"][0, 1] = 5.0
    assert sample.build().argmax.tolist() == [[0, 1]]


def test_start_and_end_scores_both_count_for_a_sentence_of_one_word():
    sample = random_sample(LinearChain, seed=202, lengths=(1,))
    scores = sum(sample.potentials[name] for name in ("emissions", "start", "end"))
    close(sample.build().token_marginals, scores.softmax(-1))


def test_bigram_marginals_are_summed_over_positions():
    marginals = random_sample(LinearChain, seed=203).build().marginals
    assert [marginals.tokens.shape, marginals.transitions.shape] == [(3, 4, 4), (3, 4, 4)]
    close(marginals.transitions.sum((1, 2)), [3.0, 0.0, 2.0])


@pytest.mark.parametrize("scale", [1, 5, 15, 30, 60])
@pytest.mark.parametrize("length", [60, 400])
def test_float32_gradient_of_long_and_confident_chains(length, scale):
    check_against_reference(random_sample(LinearChain, seed=length + scale, lengths=(length, 7), scale=scale))


@pytest.mark.parametrize("forbidden", [-1e4, -1e9])
@pytest.mark.parametrize("scale", [1, 15, 60])
@pytest.mark.parametrize("length", [1, 2, 60, 400])
def test_float32_gradient_with_forbidden_transitions(length, scale, forbidden):
    sample = random_sample(LinearChain, seed=length, lengths=(length, 1), labels=BIOUL, scale=scale)
    sample.potentials["transitions"].masked_fill_(ILLEGAL_BIOUL, forbidden)
    check_against_reference(sample)


@pytest.mark.parametrize("potential", ["emissions", "transitions", "start", "end"])
def test_float32_gradient_with_one_kind_of_huge_potential(potential):
    sample = random_sample(LinearChain, seed=204, lengths=(60, 2))
    sample.potentials[potential].mul_(5e3)
    check_against_reference(sample)


@pytest.mark.parametrize("kind", [LinearChain, ConstrainedChain])
def test_float32_transition_counts_that_overflow_although_the_token_marginals_do_not(kind):
    emissions, transitions = [[[-69.7, 20.2], [-20.7, 6.6]]], [[53.0, -0.1], [34.0, -28.9]]
    single = [torch.tensor(value) for value in (emissions, transitions, [-8.0, -8.0], [31.2, 73.7])]
    mask, labels = torch.ones(1, 2, dtype=torch.bool), ("O", "U-X")
    leaves = [value.requires_grad_() for value in single]
    f, exact = kind(*leaves, mask, labels), kind(*(value.detach().double() for value in single), mask, labels)
    f.log_partition.sum().backward()
    expected = exact.marginals.transitions
    close(expected, [[[1.6272e-34, 2.9119e-27], [1.0068e-3, 0.9989932]]], 1e-7)
    close(f.marginals.transitions, expected, 1e-7)
    close(leaves[1].grad, expected[0].float(), 1e-7)
    close(f.entropy, exact.entropy.float(), 1e-5)
    close(kl_divergence(f, f).detach(), [0.0], 1e-5)


def test_float32_token_marginals_that_underflow_a_little():
    """In float32 the sums that the compiled kernel checks are wrong by 9e-5 here, and so are the marginals."""
    words = [[1.9, 24.6, -30.9], [18.0, 9.1, 46.3], [31.4, -3.1, 36.9]]
    words += [[-21.9, -9.7, 9.0], [2.2, -21.8, 59.3], [-8.5, 0.2, 17.8]]
    transitions = [[-1.8, 24.0, -7.1], [-4.3, -19.2, 4.8], [2.1, -30.8, -1.3]]
    numbers = [words], transitions, [-18.6, -5.0, -62.5], [17.9, 83.9, 17.7]
    single = [torch.tensor(value) for value in numbers]
    mask, labels = torch.ones(1, 6, dtype=torch.bool), ("a", "b", "c")
    exact = LinearChain(*(value.double() for value in single), mask, labels)
    close(LinearChain(*single, mask, labels).token_marginals, exact.token_marginals.float(), 1e-6)


@pytest.mark.parametrize("penalty", [-1e4, -740.0, -300.0, -90.0])
def test_float32_with_a_forced_path(penalty):
    """Each word forbids all labels but one, and the transitions forbid what the words force."""
    sample = random_sample(LinearChain, seed=205, lengths=(50,))
    forced = torch.arange(50) % 4
    allowed = torch.nn.functional.one_hot(forced, 4).bool()
    sample.potentials["emissions"].add_(penalty * ~allowed)
    sample.potentials["transitions"][forced[:-1], forced[1:]] += penalty
    check_against_reference(sample)


def test_float32_is_right_for_a_thousand_words_of_magnitude_1e4():
    check_against_reference(random_sample(LinearChain, seed=206, lengths=(1000, 3), scale=1e4))


def test_float32_is_right_for_two_thousand_words():
    check_against_reference(random_sample(LinearChain, seed=207, lengths=(2000, 1999)))


def test_a_common_shift_of_1e4_changes_the_log_partition_only():
    sample = random_sample(LinearChain, seed=208, lengths=(1000,)).map(torch.Tensor.float)
    # Multiples of 1/256 so that the shifted emissions are exact in float32.
    emissions = (sample.potentials["emissions"] * 256).round() / 256
    plain, shifted = sample.build(emissions=emissions), sample.build(emissions=emissions + 1e4)
    close(shifted.token_marginals, plain.token_marginals, 2e-6)
    close(shifted.entropy, plain.entropy, 1e-4)
    close(shifted.log_partition, plain.log_partition + 1e7, 1e-6)


def check_against_reference(sample: Sample) -> None:
    """float32 log Z, marginals, and the gradient of a cross-entropy, against the log domain on the same numbers."""
    single = sample.map(torch.Tensor.float).leaves()
    f = single.build()
    gold = f.indicator(f.argmax)
    f.cross_entropy(gold).sum().backward()
    for index, (sentence, length) in enumerate(zip(single.sentences(), single.lengths)):
        reference = reference_of(sentence)
        close(f.log_partition[index].detach(), np.float32(reference.log_partition), 1e-6)
        close(f.token_marginals[index, :length], np.float32(reference.tokens), 2e-6)
        close(f.marginals.transitions[index], reference.transitions, 2e-6 * length)
        gradient = single.potentials["emissions"].grad[index, :length]
        close(gradient, np.float32(reference.tokens - gold.tokens[index, :length].numpy()), 2e-6)
        assert not f.token_marginals[index, length:].any()


def reference_of(sentence: Sample) -> Reference:
    exact = sentence.map(lambda value: value.detach().double())
    emissions = exact.potentials["emissions"][0]
    return forward_backward({**{n: v.numpy() for n, v in exact.potentials.items()}, "emissions": emissions.numpy()})
