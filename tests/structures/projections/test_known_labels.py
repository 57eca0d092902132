"""A teacher that lacks some of the student's labels is compared with the student conditioned on the others."""

import numpy as np
import pytest
import torch

from skd_plugin.structures import (
    ArcLabels,
    ConstrainedChain,
    FlatSpans,
    HeadSelection,
    IndependentSpans,
    LinearChain,
    MaxEnt,
    NonProjectiveTree,
    ProjectiveTree,
    SecondOrder,
    bioul,
    cross_entropy,
    known_labels,
    with_labels,
)
from tests.structures.oracles.brute_force import Enumerated
from tests.structures.samples.sample import close, random_sample

LENGTHS = (3, 1)
SEQUENCES = [MaxEnt, LinearChain, ConstrainedChain]
TREES = [HeadSelection, NonProjectiveTree, ProjectiveTree]
X, X_AND_Y = bioul.tags(("X",)), bioul.tags(("Y", "X"))


def labels_of(kind, types):
    return bioul.tags(types) if kind in SEQUENCES else types


def has_only(names, known):
    """Whether the structure has known types or relations alone."""
    return all(name == "O" or name.partition("@" if "@" in name else "-")[2] in known for name in names)


def exact(teacher: Enumerated, student: Enumerated, known) -> float:
    kept = student.where(np.array([has_only(names, known) for names in student.names]))
    return teacher.conditioned_on(kept).cross_entropy(kept)


@pytest.mark.parametrize("student_kind", [*SEQUENCES, FlatSpans])
@pytest.mark.parametrize("teacher_kind", [*SEQUENCES, FlatSpans])
def test_entities(teacher_kind, student_kind):
    teacher = random_sample(teacher_kind, 0, LENGTHS, labels=labels_of(teacher_kind, ("X",)))
    student = random_sample(student_kind, 1, LENGTHS, labels=labels_of(student_kind, ("Y", "X")))
    check(teacher, student, ("X",))


@pytest.mark.parametrize("student_kind", TREES)
@pytest.mark.parametrize("teacher_kind", TREES)
def test_relations(teacher_kind, student_kind):
    teacher = random_sample(teacher_kind, 0, LENGTHS, labels=("root", "subj"))
    student = random_sample(student_kind, 1, LENGTHS, labels=("subj", "obj", "root"))
    check(teacher, student, ("subj", "root"))


def check(teacher, student, known):
    leaves = student.leaves()
    taught, built = teacher.build(), leaves.build()
    ours = cross_entropy(taught, with_labels(built, known_labels(taught, built)), "renormalize")
    close(ours.detach(), [exact(one, other, known) for one, other in zip(teacher.enumerate(), student.enumerate())])
    # The conditional distribution does not depend on how probable it is that a label is known.
    gradients = torch.autograd.grad(ours.sum(), list(leaves.potentials.values()))
    assert all(gradient.isfinite().all() for gradient in gradients)


def test_independent_spans():
    teacher = random_sample(IndependentSpans, 0, LENGTHS, labels=("X",)).build()
    student = random_sample(IndependentSpans, 1, LENGTHS, labels=("Y", "X")).build()
    known = with_labels(student, known_labels(teacher, student))
    close(known.scores, student.scores[..., 1:])


def test_no_gradient_reaches_labels_that_the_teacher_does_not_know():
    teacher = random_sample(MaxEnt, 0, LENGTHS, labels=X).build()
    leaves = random_sample(MaxEnt, 1, LENGTHS, labels=X_AND_Y).leaves()
    student = leaves.build()
    loss = cross_entropy(teacher, with_labels(student, known_labels(teacher, student)))
    [gradient] = torch.autograd.grad(loss.sum(), [leaves.potentials["scores"]])
    unknown = [position for position, label in enumerate(X_AND_Y) if label.endswith("Y")]
    assert gradient[..., unknown].count_nonzero() == 0 and gradient.count_nonzero() > 0


@pytest.mark.parametrize(
    "teacher_labels, student_labels, known",
    [
        (X, X_AND_Y, ("O", "B-X", "I-X", "L-X", "U-X")),
        # A tag that the teacher lacks of a type that it knows is expected 0 times.
        (("O", "U-X"), X, X),
        (X_AND_Y, X, X),
        (bioul.tags(("Z",)), X, X),
        (("noun", "verb"), ("verb", "noun", "det"), ("verb", "noun")),
        (("noun",), ("det", "verb"), ("det", "verb")),
    ],
)
def test_which_labels_are_known(teacher_labels, student_labels, known):
    teacher = random_sample(MaxEnt, 0, LENGTHS, labels=teacher_labels).build()
    student = random_sample(MaxEnt, 1, LENGTHS, labels=student_labels).build()
    assert set(known_labels(teacher, student)) == set(known)
    assert list(known_labels(teacher, student)) == [label for label in student_labels if label in known]


@pytest.mark.parametrize("kind", [ArcLabels, SecondOrder])
def test_a_student_that_cannot_be_conditioned_is_known_whole(kind):
    student = random_sample(kind, 0, LENGTHS).build()
    teacher = random_sample(HeadSelection, 1, LENGTHS, labels=student.labels[:1]).build()
    assert with_labels(student, known_labels(teacher, student)) is student


def test_a_student_without_relations():
    student = random_sample(HeadSelection, 0, LENGTHS, labels=()).build()
    teacher = random_sample(HeadSelection, 1, LENGTHS).build()
    assert with_labels(student, known_labels(teacher, student)) is student
