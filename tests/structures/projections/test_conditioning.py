"""Conditioning drops structures that the student cannot produce, or refuses them, as the label policy says."""

import pytest
import torch

from skd_plugin.structures import (
    ConstrainedChain,
    FlatSpans,
    HeadSelection,
    IndependentSpans,
    LabelMismatch,
    MaxEnt,
    NonProjectiveTree,
    ProjectiveTree,
    SecondOrder,
    condition,
    cross_entropy,
    lost_mass,
    project,
    target,
)
from tests.structures.oracles.exact_parts import check_parts
from tests.structures.samples.arc_tables import COMPLETE
from tests.structures.samples.pairs import ENTITIES, conditioned, exact_cross_entropy, fixed, is_of_spans, parametrized
from tests.structures.samples.sample import TAGS, close, default_labels, random_sample

LENGTHS = (2, 3, 1)
SPANS_TO_TAGS = [pair for pair in ENTITIES if is_of_spans(pair[0]) and not is_of_spans(pair[1])]
TAGS_TO_SPANS = [pair for pair in ENTITIES if is_of_spans(pair[1]) and not is_of_spans(pair[0])]
# Pairs whose student has a maximal width.
NARROW = [(t, s) for t, s in ENTITIES if is_of_spans(s) or (is_of_spans(t) and s is ConstrainedChain)]
SOME_TAGS = [
    ("U-X", "O", "L-X", "B-X"),
    ("O", "I-X", "B-X", "L-X"),
    ("U-X", "O", "I-X"),
    ("I-X", "O"),
    ("U-Y", "O", "B-X", "L-Y", "L-X"),
]

every_policy = pytest.mark.parametrize("policy", ["error", "renormalize"])


@parametrized(SPANS_TO_TAGS)
def test_spans_that_the_student_cannot_express_are_refused(pair):
    student = random_sample(pair[1], 1, LENGTHS, labels=tuple(tag for tag in TAGS if tag not in ("I-X", "B-Y")))
    message = (
        r"spans of the types X, Y, but to express them the student lacks the tags B-Y, I-X\. Train the student with "
        r"these.*'renormalize' to condition the teacher on spans that the student can express"
    )
    with pytest.raises(LabelMismatch, match=message):
        project(random_sample(pair[0], 0, LENGTHS).build(), student.build())


@parametrized(SPANS_TO_TAGS)
@pytest.mark.parametrize("tags", SOME_TAGS, ids=" ".join)
def test_renormalize_conditions_the_teacher_on_spans_that_the_student_can_express(pair, tags):
    teacher, student = (
        random_sample(pair[0], 0, LENGTHS, reach=3),
        random_sample(pair[1], 1, LENGTHS, labels=tags, reach=3),
    )
    conditional = conditioned(teacher, student)
    soft_target = target(teacher.build(), student.build(), "renormalize")
    check_parts(soft_target.expected, conditional, student)
    close(student.build().cross_entropy(soft_target.expected), exact_cross_entropy(conditional, student.enumerate()))
    close(
        soft_target.lost_mass,
        [one.mass_unknown_to(other) for one, other in zip(teacher.enumerate(), student.enumerate())],
    )
    assert soft_target.drops and soft_target.lost_mass[1] > 0.01


@parametrized(SPANS_TO_TAGS)
def test_the_n_best_of_a_conditioned_teacher_have_only_spans_that_the_student_can_express(pair):
    teacher = random_sample(pair[0], 0, LENGTHS, labels=("X",), reach=3)
    student = random_sample(pair[1], 1, LENGTHS, labels=("B-X", "O", "L-X"), reach=3)
    (widths, _), log_probabilities = target(teacher.build(), student.build(), "renormalize").conditioned.n_best(4)
    assert log_probabilities.exp().count_nonzero(1).tolist() == [2, 3, 1]
    close(log_probabilities.exp().sum(1), torch.ones(3))
    assert set(widths.unique().tolist()) == {0, 2}


@parametrized(SPANS_TO_TAGS)
def test_tags_of_other_types_are_refused(pair):
    teacher = random_sample(pair[0], 0, LENGTHS, labels=("X",)).build()
    student = random_sample(pair[1], 1, LENGTHS, labels=("O", "B-Y", "L-Y")).build()
    with pytest.raises(LabelMismatch, match=r"the types X, .* lacks the tags B-X, I-X, L-X, U-X"):
        project(teacher, student, "error")
    with pytest.raises(LabelMismatch, match=r"no label in common\. Teacher: X\. Student: Y\. .*aligned by their names"):
        project(teacher, student, "renormalize")


@parametrized(NARROW)
def test_spans_wider_than_the_maximal_width_of_the_student_are_refused(pair):
    teacher, whole = fixed(pair, lengths=LENGTHS, reach=COMPLETE, scale=0.5)
    _, student = fixed(pair, lengths=LENGTHS, reach=2)
    of_three_words = [one.mass_unknown_to(s) for one, s in zip(conditioned(teacher, whole), student.enumerate())]
    message = (
        rf"The teacher gives {100 * of_three_words[1]:.3g}% of its probability to spans of more than 2 words, the "
        r"student's maximal width \(sentence 2 of the batch, of 3 words\)\. Choose the label policy 'renormalize'.*"
        "larger maximal"
    )
    with pytest.raises(LabelMismatch, match=message):
        project(teacher.build(), student.build())
    close(
        lost_mass(teacher.build(), student.build()),
        [one.mass_unknown_to(other) for one, other in zip(teacher.enumerate(), student.enumerate())],
    )


@parametrized(NARROW)
def test_wide_spans_with_negligible_probability_are_not_refused(pair):
    teacher, _ = fixed(pair, lengths=LENGTHS, reach=COMPLETE)
    _, student = fixed(pair, lengths=LENGTHS, reach=2)
    _make_improbable(teacher, width=3)
    exact = exact_cross_entropy(conditioned(teacher, student), student.enumerate())
    close(cross_entropy(teacher.build(), student.build(), "error"), exact)


@parametrized([pair for pair in NARROW if pair[0] is IndependentSpans and pair[1] is not IndependentSpans])
def test_wide_spans_that_overlap_with_probable_ones_are_not_refused(pair):
    """Conditioned on spans that do not overlap, the wide spans have a negligible probability."""
    teacher, _ = fixed(pair, lengths=LENGTHS, reach=COMPLETE)
    _, student = fixed(pair, lengths=LENGTHS, reach=2)
    teacher.potentials["scores"][:, :, 0] = 40.0
    exact = exact_cross_entropy(conditioned(teacher, student), student.enumerate())
    close(cross_entropy(teacher.build(), student.build(), "error"), exact)


@parametrized(NARROW)
@pytest.mark.parametrize("seed", range(3))
def test_rounding_in_float32_is_not_refused(pair, seed):
    teacher, _ = fixed(pair, seed, lengths=(80, 50), reach=8)
    student = fixed(pair, seed, lengths=(80, 50), reach=7)[1].map(torch.Tensor.float)
    _make_improbable(teacher, width=8)
    assert cross_entropy(teacher.map(torch.Tensor.float).build(), student.build(), "error").isfinite().all()


@parametrized([pair for pair in SPANS_TO_TAGS + TAGS_TO_SPANS if ConstrainedChain not in pair])
@pytest.mark.parametrize("labels", [("noun", "verb"), ("B-X", "L-X"), ("O",), ("O", "E-X")], ids=" ".join)
@every_policy
def test_labels_that_are_not_bioul_tags_with_an_o_are_refused(pair, labels, policy):
    sides = [random_sample(kind, 0, LENGTHS, labels=None if is_of_spans(kind) else labels).build() for kind in pair]
    whose = "student" if is_of_spans(pair[0]) else "teacher"
    message = (
        rf"The {whose}'s labels are {', '.join(labels)}, expected BIOUL tags with an O: .* Use a teacher and a student"
    )
    with pytest.raises(LabelMismatch, match=message):
        project(*sides, policy)


def _make_improbable(teacher, width):
    """Lowers the scores of spans of `width` words or more; in a distribution over tags, those of all tags I."""
    scores = next(iter(teacher.potentials.values()))
    if is_of_spans(teacher.kind):
        scores[:, :, width - 1 :] = -40.0
    else:
        scores[..., [label.startswith("I-") for label in teacher.labels]] -= 40.0


@pytest.mark.parametrize(
    ("teacher", "student"),
    [
        (SecondOrder, HeadSelection),
        (SecondOrder, SecondOrder),
        (HeadSelection, HeadSelection),
        (ProjectiveTree, NonProjectiveTree),
        (ConstrainedChain, MaxEnt),
        (IndependentSpans, IndependentSpans),
        (FlatSpans, FlatSpans),
    ],
)
def test_nothing_is_dropped_where_the_student_has_all_structures(teacher, student):
    labels = default_labels(teacher)
    sides = (random_sample(kind, seed=4, labels=labels).build() for kind in (teacher, student))
    assert not target(*sides).drops


def test_a_pair_without_a_row_is_refused_with_the_remedy():
    tagger, parser = random_sample(MaxEnt, seed=0).build(), random_sample(HeadSelection, seed=0).build()
    with pytest.raises(NotImplementedError, match=r"No conditioning of MaxEnt .* @conditioning\(MaxEnt, student=Head"):
        condition(tagger, parser, "error")
