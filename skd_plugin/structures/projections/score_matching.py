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

    Score matching (Lin et al. 2022), as their released code does it, here summed over the words of a sentence. Raises
    `NotDefined` unless the teacher, conditioned on what the student can produce, has the student's parts and labels.
    """
    row_of(teacher, student)
    with torch.no_grad():
        conditioned = condition(teacher, student, policy).distribution
        _check_same(teacher, conditioned, student)
        theirs = conditioned.substructures
    ours = student.substructures
    if theirs.scores.shape != ours.scores.shape:
        sizes = [len(given.scores[0, 0]) for given in (theirs, ours)]
        raise NotDefined(_unlike(teacher, student, "scores {} alternatives a word, not {}".format(*sizes)))
    exist = theirs.exist & ours.exist
    squares = (ours.scores - theirs.scores.to(ours.scores.dtype)).masked_fill(~exist, 0.0).square()
    return (squares.sum(-1) / exist.sum(-1).clamp(min=1)).sum(1)


def _check_same(teacher: Factorization, conditioned: Factorization, student: Factorization) -> None:
    if conditioned.parts is not student.parts:
        raise NotDefined(_unlike(teacher, student, f"has {conditioned.parts.__name__}, not {student.parts.__name__}"))
    if conditioned.labels != student.labels:
        unknown = ", ".join(label for label in student.labels if label not in conditioned.labels)
        raise NotDefined(_unlike(teacher, student, f"has no score for the student's labels {unknown}"))


def _unlike(teacher: Factorization, student: Factorization, difference: str) -> str:
    return (
        f"The scores of a {type(teacher).__name__} cannot be matched by a {type(student).__name__}: the teacher "
        f"{difference}. Take a student with the teacher's own parts and labels, or another objective."
    )
