"""Score matching: Σ_i mean_a (s_s(i, a) − s_t(i, a))² over the substructures a at each word i, without inference."""

from __future__ import annotations

import torch
from torch import Tensor

from skd_plugin.structures.algebra.errors import NotDefined
from skd_plugin.structures.algebra.factorization import Factorization
from skd_plugin.structures.algebra.labels import Policy
from skd_plugin.structures.projections.conditioning import condition
from skd_plugin.structures.projections.table import row_of


def squared_distance(teacher: Factorization, student: Factorization, policy: Policy = "error") -> Tensor:
    """
    Σ_i mean_a (s_s(i, a) − s_t(i, a))² over the alternatives a that both have, shape (batch,).

    This is the score matching of Lin et al. 2022 as in their released code, but summed over the words of a sentence.

    Raises `NotDefined` unless the teacher, conditioned on what the student can produce, has the student's parts and
    labels. See `target` for the other errors.
    """
    row_of(teacher, student)
    with torch.no_grad():
        conditioned = condition(teacher, student, policy).distribution
        _check_same(teacher, conditioned, student)
        of_teacher = conditioned.substructures
    of_student = student.substructures
    if of_teacher.scores.shape != of_student.scores.shape:
        counts = [len(side.scores[0, 0]) for side in (of_teacher, of_student)]
        raise NotDefined(_message(teacher, student, "scores {} alternatives per word, not {}".format(*counts)))
    exist = of_teacher.exist & of_student.exist
    differences = of_student.scores - of_teacher.scores.to(of_student.scores.dtype)
    squares = differences.masked_fill(~exist, 0.0).square()
    return (squares.sum(-1) / exist.sum(-1).clamp(min=1)).sum(1)


def _check_same(teacher: Factorization, conditioned: Factorization, student: Factorization) -> None:
    if conditioned.parts is not student.parts:
        raise NotDefined(_message(teacher, student, f"has {conditioned.parts.__name__}, not {student.parts.__name__}"))
    if conditioned.labels != student.labels:
        missing = ", ".join(label for label in student.labels if label not in conditioned.labels)
        raise NotDefined(_message(teacher, student, f"has no score for the student's labels {missing}"))


def _message(teacher: Factorization, student: Factorization, difference: str) -> str:
    return (
        f"The scores of a {type(teacher).__name__} cannot be matched by a {type(student).__name__}: the teacher "
        f"{difference}. Choose a student with the teacher's own parts and labels, train the teacher with all labels of "
        "the student in its vocabulary, or choose another objective."
    )
