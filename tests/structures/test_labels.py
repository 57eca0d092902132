"""Teacher and student are aligned by label name, for every row of the projection table."""

import numpy as np
import pytest
import torch

from skd_plugin.structures import LabelMismatch, cross_entropy, kl_divergence, lost_mass, project

from .pairs import every_pair, exact_cross_entropy, fixed
from .samples import axes_of, close, random_sample


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
    exact = exact_cross_entropy(conditional, student.enumerate())
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
    teacher, student = (
        random_sample(kind, seed=0, labels=("noun", "verb")[: 2 - i], scale=0.0) for i, kind in enumerate(pair)
    )
    teacher.potentials[next(iter(axes_of(teacher.kind)))][..., 1] = -20.0
    dropped = [sentence.mass_outside(student.labels) for sentence in teacher.enumerate()]
    assert max(dropped) < 1e-8
    np.testing.assert_allclose(lost_mass(teacher.build(), student.build()), dropped, rtol=1e-6)


@every_pair
def test_labels_that_only_the_student_has_are_expected_nowhere(pair):
    teacher, student = _with_labels(pair, ("noun", "verb"), ("adv", "verb", "det", "noun"))
    expected = project(teacher.build(), student.build())
    assert not expected.tokens[..., [0, 2]].any()
    exact = exact_cross_entropy(teacher.enumerate(), student.enumerate())
    close(cross_entropy(teacher.build(), student.build()), exact)


@every_pair
def test_labels_on_both_sides_that_the_other_lacks(pair):
    teacher, student = _with_labels(pair, ("noun", "verb", "adj"), ("adv", "verb", "noun"))
    conditional = [sentence.restricted_to(student.labels) for sentence in teacher.enumerate()]
    exact = exact_cross_entropy(conditional, student.enumerate())
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


def _with_labels(pair, of_teacher, of_student):
    return (
        random_sample(pair[0], seed=80, labels=of_teacher),
        random_sample(pair[1], seed=81, labels=of_student),
    )
