"""Teacher and student are aligned by label name, and the label policy decides on labels that the student lacks."""

from random import Random

import numpy as np
import pytest
import torch

from skd_plugin.structures import ArcLabels, LabelMismatch, Parsing, cross_entropy, kl_divergence, lost_mass, project
from tests.structures.oracles.exact_parts import check_parts
from tests.structures.oracles.spans import tags_of
from tests.structures.samples.arc_tables import COMPLETE
from tests.structures.samples.kinds import POTENTIALS
from tests.structures.samples.pairs import (
    ENTITIES,
    PAIRS,
    PARSERS,
    conditioned,
    every_projection_and_student,
    exact_cross_entropy,
    fixed,
    is_of_spans,
    parametrized,
    representatives,
)
from tests.structures.samples.sample import close, random_sample

TO_TAGS = [pair for pair in ENTITIES if not is_of_spans(pair[1])]
TO_ARC_LABELS = [pair for pair in PARSERS if pair[1] is ArcLabels]
TO_ARCS = [pair for pair in PARSERS if pair[1] is not ArcLabels]
OF_HEADS_TO_TREES = [(t, s) for t, s in TO_ARCS if t.support < s.support]


@every_projection_and_student
def test_labels_are_aligned_by_name(pair):
    teacher, student = fixed(pair)
    expected = cross_entropy(teacher.build(), student.build(), "renormalize")
    for seed in range(5):
        moved = [
            side.permuted(Random(seed).sample(range(len(side.labels)), len(side.labels))) for side in (teacher, student)
        ]
        close(cross_entropy(moved[0].build(), student.build(), "renormalize"), expected)
        close(cross_entropy(teacher.build(), moved[1].build(), "renormalize"), expected)


@every_projection_and_student
def test_labels_that_only_the_teacher_has_are_refused_by_name(pair):
    teacher, student = _with_labels(pair, ("noun", "verb", "det"), ("noun",))
    lacking = ", ".join(sorted(_labels(pair, pair[1], ("det", "verb"))[1:] if pair in TO_TAGS else ("det", "verb")))
    for function in (project, cross_entropy, kl_divergence):
        with pytest.raises(LabelMismatch, match=rf"student lacks(:| the tags) {lacking}\..*'renormalize'"):
            function(teacher.build(), student.build())


@every_projection_and_student
@pytest.mark.parametrize(
    "of_teacher, of_student",
    [
        (("noun", "verb", "det", "adj"), ("adj", "noun")),
        (("noun", "verb"), ("adv", "verb", "det", "noun")),
        (("noun", "verb", "adj"), ("adv", "verb", "noun")),
    ],
    ids=["fewer", "more", "others"],
)
def test_renormalize_conditions_the_teacher_on_the_common_labels(pair, of_teacher, of_student):
    teacher, student = _with_labels(pair, of_teacher, of_student)
    conditional = conditioned(teacher, student)
    exact = exact_cross_entropy(conditional, student.enumerate())
    close(cross_entropy(teacher.build(), student.build(), "renormalize"), exact)
    divergence = kl_divergence(teacher.build(), student.build(), "renormalize")
    close(divergence, np.subtract(exact, [sentence.entropy for sentence in conditional]))
    check_parts(project(teacher.build(), student.build(), "renormalize"), conditional, student)
    lost = [one.mass_unknown_to(other) for one, other in zip(teacher.enumerate(), student.enumerate())]
    close(lost_mass(teacher.build(), student.build()), lost)


@pytest.mark.parametrize("kind", POTENTIALS, ids=lambda kind: kind.__name__)
def test_nothing_is_lost_to_a_student_like_the_teacher(kind):
    f = random_sample(kind, seed=0).build()
    close(lost_mass(f, f), torch.zeros(3))


@every_projection_and_student
def test_a_small_lost_mass_keeps_its_digits(pair):
    teacher, student = (_confident(pair, kind, ("noun", "verb")[: 2 - side]) for side, kind in enumerate(pair))
    dropped = [one.mass_unknown_to(other) for one, other in zip(teacher.enumerate(), student.enumerate())]
    assert 0 < max(dropped) < 1e-7
    np.testing.assert_allclose(lost_mass(teacher.build(), student.build()), dropped, rtol=1e-6)


@parametrized(representatives([pair for pair in PAIRS if pair not in TO_TAGS]))
@pytest.mark.parametrize("policy", ["error", "renormalize"])
def test_label_sets_with_nothing_in_common_are_refused(pair, policy):
    teacher, student = _with_labels(pair, ("noun", "verb"), ("det", "adj"))
    with pytest.raises(LabelMismatch, match=r"noun, verb.*det, adj"):
        project(teacher.build(), student.build(), policy)


@every_projection_and_student
def test_an_unknown_policy_is_refused(pair):
    teacher, student = fixed(pair)
    with pytest.raises(ValueError, match=r"'drop'; choose one of error, renormalize"):
        project(teacher.build(), student.build(), "drop")


@parametrized(TO_ARC_LABELS)
def test_arcs_without_a_label_are_refused(pair):
    teacher, student = fixed(pair, lengths=(2, 4, 1))
    teacher = random_sample(teacher.kind, 0, teacher.lengths, reach=COMPLETE)
    lost = teacher.enumerate()[1].mass_unknown_to(student.enumerate()[1])
    message = (
        rf"{100 * lost:.3g}% of its probability.*no label for one of their arcs.*sentence 2 of the batch, of 4 words.*"
        "'renormalize'.*more labels"
    )
    with pytest.raises(LabelMismatch, match=message):
        project(teacher.build(), student.build())


@parametrized(TO_ARC_LABELS)
def test_a_negligible_lost_mass_is_not_refused(pair):
    teacher, student = (_confident(pair, kind, ("noun", "verb")) for kind in pair)
    expected = project(teacher.build(), student.build(), "error")
    check_parts(expected, conditioned(teacher, student), student)


@parametrized(TO_ARC_LABELS)
@pytest.mark.parametrize("seed", range(10))
def test_rounding_in_float32_is_not_refused(pair, seed):
    samples = [random_sample(kind, seed, (20, 50), scale=4.0, reach=reach) for kind, reach in zip(pair, (50, 60))]
    teacher, student = (sample.map(torch.Tensor.float).build() for sample in samples)
    assert cross_entropy(teacher, student, "error").isfinite().all()


@every_projection_and_student
def test_a_student_that_has_all_structures_is_not_refused(pair):
    teacher, student = fixed(pair, reach=COMPLETE)
    allowed = cross_entropy(teacher.build(), student.build(), "error")
    close(allowed, cross_entropy(teacher.build(), student.build(), "renormalize"))


@parametrized(OF_HEADS_TO_TREES)
def test_heads_that_are_not_a_tree_are_never_refused(pair):
    teacher, student = fixed(pair)
    assert lost_mass(teacher.build(), student.build())[0] > 0.01
    exact = exact_cross_entropy(conditioned(teacher, student), student.enumerate())
    close(cross_entropy(teacher.build(), student.build(), "error"), exact)


@parametrized(representatives(TO_ARCS))
@pytest.mark.parametrize("policy", ["error", "renormalize"])
def test_a_student_without_relations_learns_the_heads_alone(pair, policy):
    teacher, _ = fixed(pair)
    student = random_sample(pair[1], 1, teacher.lengths, labels=())
    expected = project(teacher.build(), student.build(), policy)
    assert expected.relations is None
    check_parts(expected, conditioned(teacher, student), student)


@parametrized(representatives([pair for pair in PARSERS if pair[0] is not ArcLabels]))
@pytest.mark.parametrize("policy", ["error", "renormalize"])
def test_a_teacher_without_relations_teaches_no_student_that_has_them(pair, policy):
    _, student = fixed(pair)
    teacher = random_sample(pair[0], 0, student.lengths, labels=())
    message = r"no relations, but the student's have: subj, root\. Train a teacher with relations, or an unlabelled"
    with pytest.raises(LabelMismatch, match=message):
        project(teacher.build(), student.build(), policy)


def _with_labels(pair, of_teacher, of_student):
    lengths = (3, 1) if pair in PARSERS or pair in ENTITIES else (4, 1, 3)
    return (
        random_sample(pair[0], seed=80, labels=_labels(pair, pair[0], of_teacher), lengths=lengths),
        random_sample(pair[1], seed=81, labels=_labels(pair, pair[1], of_student), lengths=lengths),
    )


def _labels(pair, kind, names):
    """The labels of one side: these names, or all BIOUL tags of these types; O is the first tag."""
    return tags_of(names) if pair in ENTITIES and not is_of_spans(kind) else names


def _confident(pair, kind, names):
    """
    A sample that is almost certain of one structure: some scores are −20, all others 0. The scores of −20 are those of
    all spans, of all labels but the first (O, for tags), and of all arcs from heads other than the word before or with
    the second relation.
    """
    sample = random_sample(kind, seed=0, labels=_labels(pair, kind, names), lengths=(3, 1, 2), scale=0.0)
    first = next(iter(sample.potentials))
    if is_of_spans(kind):
        sample.potentials[first].fill_(-20.0)
        return sample
    if not issubclass(kind, Parsing):
        sample.potentials[first][..., 1:] = -20.0
        return sample
    words = torch.arange(3)
    if kind is ArcLabels:
        sample.potentials["scores"].masked_fill_(sample.tables["heads"] != words.view(1, -1, 1), -20.0)
        sample.potentials["scores"][..., sample.tables["relation_of"] == 1] = -20.0
        return sample
    sample.potentials["relations"][..., 1:] = -20.0
    sample.potentials["arcs"].fill_(-20.0)[:, words, words] = 0.0
    return sample
