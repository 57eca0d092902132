"""Objectives that are cross-entropies, compared with the enumeration of all structures."""

import numpy as np
import pytest
import torch

from skd_plugin.distillation.loss import soft_loss
from skd_plugin.distillation.objectives import LocalTempering, Structural, TokenPosterior, Top1, TopK, WeightedTopK
from skd_plugin.distillation.objectives.objective import SoftLoss
from skd_plugin.structures import LinearChain, MaxEnt, Tokens
from tests.structures.oracles.brute_force import mixture
from tests.structures.samples.sample import close, random_sample

PAIRS = [(teacher, student) for teacher in (MaxEnt, LinearChain) for student in (MaxEnt, LinearChain)]
every_pair = pytest.mark.parametrize("kinds", PAIRS, ids=lambda kinds: " to ".join(kind.__name__ for kind in kinds))
every_temperature = pytest.mark.parametrize("temperature", [1.0, 2.5])
WEIGHTS = (0.25, 0.75)


def samples(kinds):
    return [random_sample(kind, seed) for seed, kind in enumerate(kinds)]


def unscaled(objective, teacher, student, temperature):
    """The soft loss with one teacher, without the factor T²."""
    loss, metrics = soft_loss(objective, [(1.0, teacher.build())], student.build(), temperature, "error")
    return SoftLoss(loss / temperature**2, metrics)


def best(sentence, k, weighted):
    """The k best structures with their weights."""
    structures, log_probabilities = sentence.n_best(k)
    weights = np.exp(log_probabilities) if weighted else np.ones(len(structures))
    return [tuple(sentence.labels[y] for y in structure) for structure in structures], weights / weights.sum()


def log_likelihood(sentence, names):
    return dict(zip(sentence.names, sentence.log_probabilities))[names]


@every_pair
@every_temperature
def test_structural(kinds, temperature):
    teacher, student = samples(kinds)
    loss, metrics = unscaled(Structural(), teacher, student, temperature)
    pairs = list(zip(teacher.tempered(temperature).enumerate(), student.tempered(temperature).enumerate()))
    close(loss, [one.cross_entropy(other) for one, other in pairs])
    close(metrics["kd_kl"], [one.cross_entropy(other) - one.entropy for one, other in pairs])
    close(metrics["kd_teacher_entropy"], [one.entropy for one, _ in pairs])
    agrees = [one.token_marginals.argmax(1) == other.token_marginals.argmax(1) for one, other in pairs]
    assert metrics["kd_agreement"].tolist() == np.concatenate(agrees).tolist()
    assert "kd_lost_mass" not in metrics


@every_pair
@every_temperature
def test_token_posterior(kinds, temperature):
    teacher, student = samples(kinds)
    loss, metrics = unscaled(TokenPosterior(), teacher, student, temperature)
    pairs = zip(teacher.tempered(temperature).enumerate(), student.tempered(temperature).enumerate())
    words = [(one.token_marginals, np.log(other.token_marginals)) for one, other in pairs]
    close(loss, [-(taught * logs).sum() for taught, logs in words])
    close(metrics["kd_kl"], [(taught * (np.log(taught) - logs)).sum() for taught, logs in words])


@pytest.mark.parametrize("teacher", [MaxEnt, LinearChain])
def test_for_independent_words_token_posterior_is_structural(teacher):
    pair = samples((teacher, MaxEnt))
    close(unscaled(TokenPosterior(), *pair, 2.0).loss, unscaled(Structural(), *pair, 2.0).loss)


@every_pair
@every_temperature
@pytest.mark.parametrize(
    "objective, k, weighted", [(Top1(), 1, False), (TopK(3), 3, False), (WeightedTopK(4), 4, True), (TopK(1), 1, True)]
)
def test_best_structures(kinds, temperature, objective, k, weighted):
    teacher, student = samples(kinds)
    loss, metrics = unscaled(objective, teacher, student, temperature)
    pairs = zip(teacher.tempered(temperature).enumerate(), student.tempered(temperature).enumerate())
    expected = []
    for one, other in pairs:
        names, weights = best(one, k, weighted)
        cross_entropy = -sum(w * log_likelihood(other, y) for y, w in zip(names, weights))
        expected.append((cross_entropy, cross_entropy + (weights * np.log(weights)).sum()))
    close(loss, [cross_entropy for cross_entropy, _ in expected])
    close(metrics["kd_kl"], [kl for _, kl in expected])


@pytest.mark.parametrize("teacher", [MaxEnt, LinearChain])
@every_temperature
def test_local_tempering_flattens_what_the_teacher_infers(teacher, temperature):
    teacher, student = samples((teacher, MaxEnt))
    loss, metrics = unscaled(Structural(LocalTempering()), teacher, student, temperature)
    for value, kl, one, other in zip(
        loss, metrics["kd_kl"], teacher.enumerate(), student.tempered(temperature).enumerate()
    ):
        flat = one.token_marginals ** (1 / temperature)
        flat /= flat.sum(1, keepdims=True)
        close(value, -(flat * np.log(other.token_marginals)).sum())
        close(kl, (flat * (np.log(flat) - np.log(other.token_marginals))).sum())


def test_global_and_local_differ_for_a_chain_and_agree_for_independent_words():
    for kind, same in ((MaxEnt, True), (LinearChain, False)):
        pair = samples((kind, MaxEnt))
        losses = [unscaled(objective, *pair, 3.0).loss for objective in (Structural(), Structural(LocalTempering()))]
        assert torch.allclose(*losses, rtol=1e-9) is same


@pytest.mark.parametrize("student", [MaxEnt, LinearChain])
def test_two_teachers_are_a_mixture(student):
    one, other, student = samples((MaxEnt, LinearChain, student))
    teachers = [(weight, teacher.build()) for weight, teacher in zip(WEIGHTS, (one, other))]
    loss, metrics = Structural()(teachers, student.build(), 1.0, "error")
    sentences = list(zip(one.enumerate(), other.enumerate(), student.enumerate()))
    close(loss, [mixture(list(zip(WEIGHTS, pair)), known).cross_entropy(known) for *pair, known in sentences])
    kl = [sum(w * (t.cross_entropy(s) - t.entropy) for w, t in zip(WEIGHTS, pair)) for *pair, s in sentences]
    close(metrics["kd_kl"], kl)


@pytest.mark.parametrize("objective", [TokenPosterior(), Top1(), TopK(3), WeightedTopK(3)])
@pytest.mark.parametrize("student", [MaxEnt, LinearChain])
def test_two_teachers_count_by_their_weights(objective, student):
    one, other, student = samples((MaxEnt, LinearChain, student))
    teachers = [(weight, teacher.build()) for weight, teacher in zip(WEIGHTS, (one, other))]
    loss, metrics = objective(teachers, student.build(), 1.0, "error")
    alone = [unscaled(objective, teacher, student, 1.0) for teacher in (one, other)]
    close(loss, sum(weight * soft.loss for weight, soft in zip(WEIGHTS, alone)))
    for name in ("kd_kl", "kd_teacher_entropy"):
        close(metrics[name], sum(weight * soft.metrics[name] for weight, soft in zip(WEIGHTS, alone)))


@pytest.mark.parametrize("objective", [Top1(), TopK(1)])
def test_one_structure_has_no_entropy(objective):
    teacher, student = samples((MaxEnt, LinearChain))
    assert not unscaled(objective, teacher, student, 2.0).metrics["kd_teacher_entropy"].any()


def test_lost_mass_is_that_of_the_mixture():
    teacher, same, student = (
        random_sample(MaxEnt, seed, labels=labels).build()
        for seed, labels in enumerate([("noun", "verb", "det"), ("noun", "verb"), ("noun", "verb")])
    )
    _, alone = Structural()([(1.0, teacher)], student, 1.0, "renormalize")
    _, both = Structural()([(0.25, teacher), (0.75, same)], student, 1.0, "renormalize")
    close(both["kd_lost_mass"], 0.25 * alone["kd_lost_mass"])


def test_the_parts_that_agree_are_those_of_the_target():
    teacher, student = samples((LinearChain, MaxEnt))
    _, metrics = unscaled(Top1(), teacher, student, 1.0)
    f = student.build()
    agrees = teacher.build().argmax == Tokens(f.token_marginals).choices
    assert metrics["kd_agreement"].tolist() == agrees[f.mask].tolist()
