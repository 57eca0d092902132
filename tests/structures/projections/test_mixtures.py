"""The loss is linear in the expected parts: mixtures with gold, ensembles, and the summed bigrams of a chain."""

import pytest
import torch

from skd_plugin.structures import LinearChain, MaxEnt, cross_entropy, project
from tests.structures.oracles.brute_force import mixture
from tests.structures.oracles.exact_parts import check_parts
from tests.structures.samples.kinds import POTENTIALS
from tests.structures.samples.pairs import PAIRS, conditioned, every_student, exact_cross_entropy, fixed
from tests.structures.samples.sample import close, random_sample


@every_student
def test_a_mixture_of_teacher_and_gold_is_one_target(pair):
    teacher, student = fixed(pair)
    f, gold = student.build(), random_sample(student.kind, 63, student.lengths, student.labels).build().argmax
    hard, soft = f.indicator(gold), project(teacher.build(), f, "renormalize")
    together = f.cross_entropy(0.3 * soft + hard * 0.7)
    close(together, 0.3 * f.cross_entropy(soft) + 0.7 * f.cross_entropy(hard))
    weight = torch.tensor([0.0, 0.4, 1.0], dtype=torch.float64)
    apart = weight * f.cross_entropy(soft) + (1 - weight) * f.cross_entropy(hard)
    close(f.cross_entropy(soft * weight + hard * (1 - weight)), apart)


@pytest.mark.parametrize("student", POTENTIALS, ids=lambda kind: kind.__name__)
def test_an_ensemble_is_the_weighted_sum_of_expected_parts_even_across_factorizations(student):
    kinds = [teacher for teacher, of in PAIRS if of is student]
    *ensemble, sample = fixed((*kinds, student), seed=60)
    weights = [2 * (k + 1) / len(kinds) / (len(kinds) + 1) for k in range(len(kinds))]
    f, exact = sample.build(), sample.enumerate()
    parts = [weight * project(teacher.build(), f, "renormalize") for weight, teacher in zip(weights, ensemble)]
    expected = sum(parts[1:], parts[0])
    by_sentence = zip(*(conditioned(teacher, sample) for teacher in ensemble))
    enumerated = [mixture(list(zip(weights, several)), own) for several, own in zip(by_sentence, exact)]
    check_parts(expected, enumerated, sample)
    close(f.cross_entropy(expected), exact_cross_entropy(enumerated, exact))


@pytest.mark.parametrize("teacher", [LinearChain, MaxEnt])
def test_the_loss_of_summed_bigrams_is_the_loss_over_all_bigrams(teacher):
    """The formula of case 1a, with a table (n, label, label) and separate terms for start and end."""
    sample, student = fixed((teacher, LinearChain), seed=70)
    student_scores = {name: value.numpy() for name, value in student.potentials.items()}
    emissions, transitions = student_scores["emissions"], student_scores["transitions"]
    actual = cross_entropy(sample.build(), student.build())
    for index, (t, s) in enumerate(zip(sample.enumerate(), student.enumerate())):
        n = len(t.token_marginals)
        first = (t.token_marginals[0] * (emissions[index, 0] + student_scores["start"])).sum()
        bigrams = (t.pair_marginals * (emissions[index, 1:n, None] + transitions)).sum()
        last = (t.token_marginals[-1] * student_scores["end"]).sum()
        close(actual[index], s.log_partition - first - bigrams - last)
