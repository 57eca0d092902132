"""Every row of the projection table against −Σ_y P_t(y) log P_s(y) over all label sequences; new rows are picked up by themselves."""

from dataclasses import replace
from typing import List, Type

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

import skd_plugin.structures as structures
from skd_plugin.structures import (
    Bigrams,
    Factorization,
    LabelMismatch,
    LinearChain,
    MaxEnt,
    NoProjection,
    Parts,
    cross_entropy,
    kl_divergence,
    lost_mass,
    project,
    registered,
)

from .brute_force import Enumerated, mixture
from .samples import POTENTIALS, Sample, axes_of, close, random_sample
from .strategies import deterministic, lengths, plain_labels, scales, seeds, temperatures


def students_of(parts: Type[Parts]) -> List[Type[Factorization]]:
    """The classes whose parts these are; a test fails for a part space that none of the known classes has."""
    return [kind for kind in POTENTIALS if kind.parts is parts] or [parts]


PAIRS = [(teacher, student) for teacher, parts in registered() for student in students_of(parts)]
every_pair = pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: " to ".join(kind.__name__ for kind in pair))


@st.composite
def teacher_and_student(draw, pair):
    """Two random distributions over the same sentences and labels."""
    shape = draw(lengths), draw(plain_labels)
    return tuple(random_sample(kind, draw(seeds), *shape, draw(scales)) for kind in pair)


def fixed(pair, seed: int = 0, **keywords):
    return tuple(random_sample(kind, seed + side, **keywords) for side, kind in enumerate(pair))


@every_pair
def test_every_row_has_a_random_generator(pair):
    for kind in pair:
        axes_of(kind)


@every_pair
@deterministic
@given(data=st.data())
def test_project_gives_the_expected_parts(pair, data):
    teacher, student = data.draw(teacher_and_student(pair))
    expected = project(teacher.build(), student.build())
    assert type(expected) is student.kind.parts
    _check_parts(expected, teacher.enumerate())


@every_pair
@deterministic
@given(data=st.data())
def test_cross_entropy_and_kl_divergence(pair, data):
    teacher, student = data.draw(teacher_and_student(pair))
    exact = [t.cross_entropy(s) for t, s in zip(teacher.enumerate(), student.enumerate())]
    close(cross_entropy(teacher.build(), student.build()), exact)
    entropies = [t.entropy for t in teacher.enumerate()]
    close(kl_divergence(teacher.build(), student.build()), np.subtract(exact, entropies))


@every_pair
@deterministic
@given(data=st.data(), temperature=temperatures)
def test_tempered_teacher_and_student(pair, data, temperature):
    teacher, student = data.draw(teacher_and_student(pair))
    tempered = zip(teacher.tempered(temperature).enumerate(), student.tempered(temperature).enumerate())
    actual = cross_entropy(teacher.build().tempered(temperature), student.build().tempered(temperature))
    close(actual, [t.cross_entropy(s) for t, s in tempered])


@every_pair
def test_sentences_of_one_word(pair):
    teacher, student = fixed(pair, lengths=(1, 1))
    exact = [t.cross_entropy(s) for t, s in zip(teacher.enumerate(), student.enumerate())]
    close(cross_entropy(teacher.build(), student.build()), exact)
    _check_parts(project(teacher.build(), student.build()), teacher.enumerate())


@every_pair
def test_padding_changes_nothing(pair):
    teacher, student = (sample.padded_with(1e4) for sample in fixed(pair))
    batch = kl_divergence(teacher.build(), student.build())
    for index, (t, s) in enumerate(zip(teacher.sentences(), student.sentences())):
        close(batch[index], kl_divergence(t.build(), s.build())[0])


@every_pair
def test_a_student_equal_to_its_teacher_has_no_divergence_and_no_gradient(pair):
    teacher, student = _equal(pair)
    student = student.leaves()
    divergence = kl_divergence(teacher.build(), student.build())
    divergence.sum().backward()
    close(divergence.detach(), torch.zeros(3))
    for potential in student.potentials.values():
        close(potential.grad, torch.zeros_like(potential))


@every_pair
def test_no_gradient_reaches_the_teacher(pair):
    teacher, student = (sample.leaves() for sample in fixed(pair))
    cross_entropy(teacher.build(), student.build()).sum().backward()
    kl_divergence(teacher.build(), student.build()).sum().backward()
    assert all(potential.grad is None for potential in teacher.potentials.values())
    assert all(potential.grad is not None for potential in student.potentials.values())


@every_pair
def test_labels_are_aligned_by_name(pair):
    teacher, student = fixed(pair)
    expected = cross_entropy(teacher.build(), student.build())
    for order in ([3, 1, 0, 2], [2, 0, 3, 1]):
        close(cross_entropy(teacher.permuted(order).build(), student.build()), expected)
        close(cross_entropy(teacher.build(), student.permuted(order).build()), expected)


@every_pair
def test_labels_that_only_the_teacher_has_are_refused_by_name(pair):
    teacher, student = _with_labels(pair, ("noun", "verb", "det", "adj"), ("adj", "noun"))
    for function in (project, cross_entropy, kl_divergence):
        with pytest.raises(LabelMismatch, match=r"student lacks: det, verb\..*'renormalize'"):
            function(teacher.build(), student.build())


@every_pair
def test_renormalize_conditions_the_teacher_on_the_common_labels(pair):
    teacher, student = _with_labels(pair, ("noun", "verb", "det", "adj"), ("adj", "noun"))
    conditional = [sentence.restricted_to(student.labels) for sentence in teacher.enumerate()]
    exact = [t.cross_entropy(s) for t, s in zip(conditional, student.enumerate())]
    close(cross_entropy(teacher.build(), student.build(), "renormalize"), exact)
    divergence = kl_divergence(teacher.build(), student.build(), "renormalize")
    close(divergence, np.subtract(exact, [sentence.entropy for sentence in conditional]))


@every_pair
def test_lost_mass_is_the_probability_of_what_renormalize_drops(pair):
    teacher, student = _with_labels(pair, ("noun", "verb", "det", "adj"), ("adj", "noun"))
    dropped = [sentence.mass_outside(student.labels) for sentence in teacher.enumerate()]
    close(lost_mass(teacher.build(), student.build()), dropped)
    close(lost_mass(teacher.build(), teacher.build()), torch.zeros(3))


@every_pair
def test_a_small_lost_mass_keeps_its_digits(pair):
    teacher, student = (random_sample(kind, seed=0, labels=("noun", "verb")[: 2 - i], scale=0.0) for i, kind in enumerate(pair))
    teacher.potentials[next(iter(axes_of(teacher.kind)))][..., 1] = -20.0
    dropped = [sentence.mass_outside(student.labels) for sentence in teacher.enumerate()]
    assert max(dropped) < 1e-8
    np.testing.assert_allclose(lost_mass(teacher.build(), student.build()), dropped, rtol=1e-6)


@every_pair
def test_labels_that_only_the_student_has_are_expected_nowhere(pair):
    teacher, student = _with_labels(pair, ("noun", "verb"), ("adv", "verb", "det", "noun"))
    expected = project(teacher.build(), student.build())
    assert not expected.tokens[..., [0, 2]].any()
    exact = [t.cross_entropy(s) for t, s in zip(teacher.enumerate(), student.enumerate())]
    close(cross_entropy(teacher.build(), student.build()), exact)


@every_pair
def test_labels_on_both_sides_that_the_other_lacks(pair):
    teacher, student = _with_labels(pair, ("noun", "verb", "adj"), ("adv", "verb", "noun"))
    conditional = [sentence.restricted_to(student.labels) for sentence in teacher.enumerate()]
    exact = [t.cross_entropy(s) for t, s in zip(conditional, student.enumerate())]
    close(cross_entropy(teacher.build(), student.build(), "renormalize"), exact)


@every_pair
@pytest.mark.parametrize("policy", ["error", "renormalize"])
def test_label_sets_with_nothing_in_common_are_refused(pair, policy):
    teacher, student = _with_labels(pair, ("noun", "verb"), ("det", "adj"))
    with pytest.raises(LabelMismatch, match=r"noun, verb.*det, adj"):
        project(teacher.build(), student.build(), policy)


@every_pair
def test_an_unknown_policy_is_refused(pair):
    teacher, student = fixed(pair)
    with pytest.raises(ValueError, match=r"'drop'; choose one of error, renormalize"):
        project(teacher.build(), student.build(), "drop")


@every_pair
def test_a_mixture_of_the_teacher_and_gold_is_one_call(pair):
    teacher, student = fixed(pair)
    f, gold = student.build(), torch.tensor([[0, 1, 2, 3], [1, 0, 0, 0], [3, 3, 2, 0]])
    hard, soft = f.indicator(gold), project(teacher.build(), f)
    together = f.cross_entropy(0.3 * soft + hard * 0.7)
    close(together, 0.3 * f.cross_entropy(soft) + 0.7 * f.cross_entropy(hard))
    weight = torch.tensor([0.0, 0.4, 1.0], dtype=torch.float64)
    apart = weight * f.cross_entropy(soft) + (1 - weight) * f.cross_entropy(hard)
    close(f.cross_entropy(soft * weight + hard * (1 - weight)), apart)


@pytest.mark.parametrize("student", POTENTIALS, ids=lambda kind: kind.__name__)
def test_an_ensemble_is_the_weighted_sum_of_expected_parts_even_across_factorizations(student):
    ensemble = [random_sample(kind, seed=60) for kind in POTENTIALS if (kind, student.parts) in registered()]
    weights = [0.2, 0.8] if len(ensemble) == 2 else [1 / len(ensemble)] * len(ensemble)
    f = random_sample(student, seed=62)
    parts = [weight * project(teacher.build(), f.build()) for weight, teacher in zip(weights, ensemble)]
    expected = sum(parts[1:], parts[0])
    enumerated = [mixture(list(zip(weights, sentences))) for sentences in zip(*(t.enumerate() for t in ensemble))]
    _check_parts(expected, enumerated)
    exact = [t.cross_entropy(s) for t, s in zip(enumerated, f.enumerate())]
    close(f.build().cross_entropy(expected), exact)


@pytest.mark.parametrize("teacher", [LinearChain, MaxEnt])
def test_the_compact_loss_of_a_chain_is_the_loss_over_all_label_bigrams(teacher):
    """Formula of case 1a with an (n, label, label) table, start and end terms apart."""
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


def test_an_unknown_pair_is_refused_with_the_known_pairs_and_the_remedy():
    class Novel(Parts):
        pass

    class Stranger:
        parts = Novel
        labels = ("noun",)

    with pytest.raises(NoProjection) as error:
        project(random_sample(MaxEnt, seed=0).build(), Stranger())
    message = str(error.value)
    assert "No projection of MaxEnt → Novel is registered" in message
    assert "@projection(MaxEnt, onto=Novel)" in message
    for teacher, parts in registered():
        assert f"{teacher.__name__} → {parts.__name__}" in message


def test_the_table_documents_itself():
    for (teacher, parts), function in registered().items():
        assert f"{teacher.__name__} → {parts.__name__}: {function.__name__}" in project.__doc__


def test_the_table_is_handed_out_as_a_copy():
    registered().clear()
    assert registered()


def test_every_public_name_exists():
    assert all(hasattr(structures, name) for name in structures.__all__)


def _check_parts(actual: Parts, enumerated: List[Enumerated]) -> None:
    for index, sentence in enumerate(enumerated):
        n = len(sentence.token_marginals)
        close(actual.tokens[index, :n], sentence.token_marginals)
        assert not actual.tokens[index, n:].any()
        if isinstance(actual, Bigrams):
            close(actual.transitions[index], sentence.transitions)


def _equal(pair):
    """One distribution as the teacher and as the student: general for one class, independent tokens for two."""
    if pair[0] is pair[1]:
        return fixed(pair[:1], seed=50) * 2
    independent = random_sample(MaxEnt, seed=50)
    return tuple(independent if kind is MaxEnt else _without_transitions(kind, independent) for kind in pair)


def _without_transitions(kind: Type[Factorization], independent: Sample) -> Sample:
    silent = random_sample(kind, seed=0, scale=0.0)
    return replace(silent, potentials={**silent.potentials, "emissions": independent.potentials["scores"]})


def _with_labels(pair, of_teacher, of_student):
    return (
        random_sample(pair[0], seed=80, labels=of_teacher),
        random_sample(pair[1], seed=81, labels=of_student),
    )
