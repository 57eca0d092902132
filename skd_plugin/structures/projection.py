"""The one verb: P_t(u|x) for each part u of the student, by (teacher factorization, student part space)."""

from __future__ import annotations

from typing import Callable, TypeVar

import torch
from torch import Tensor

from skd_plugin.structures.factorization import Factorization
from skd_plugin.structures.labels import Policy, common_labels
from skd_plugin.structures.parts import Parts

# (teacher, student) → the teacher's expectation of the student's parts; the label sets are the same already.
Projection = Callable[..., Parts]
AnyProjection = TypeVar("AnyProjection", bound=Projection)

_TABLE: dict[tuple[type[Factorization], type[Parts]], Projection] = {}


class NoProjection(NotImplementedError):
    """Nobody has written how this teacher marginalises onto this student's parts."""


def projection(teacher: type[Factorization], onto: type[Parts]) -> Callable[[AnyProjection], AnyProjection]:
    """Registers the decorated function as the projection of a teacher's class onto a part space."""

    def register(function: AnyProjection) -> AnyProjection:
        _TABLE[teacher, onto] = function
        project.__doc__ = f"{project.__doc__}\n    - {_row(teacher, onto)}: {function.__name__}"
        return function

    return register


def registered() -> dict[tuple[type[Factorization], type[Parts]], Projection]:
    """The projection table, as a copy."""
    return dict(_TABLE)


def project(teacher: Factorization, student: Factorization, policy: Policy = "error") -> Parts:
    """
    The teacher's expected parts in the student's part space, labels aligned by name. No gradient reaches the teacher.

    Raises `LabelMismatch` where the label sets do not fit (see `labels.common_labels` for `policy`), `NoProjection` for
    a pair that is not in the table. Registered pairs:
    """
    function = _find(type(teacher), student.parts)
    _check_sentences(teacher, student)
    teacher = aligned(teacher, student, policy)
    with torch.no_grad():
        expected = function(teacher, student)
    if teacher.labels == student.labels:
        return expected
    positions = [student.labels.index(label) for label in teacher.labels]
    return expected.relabeled(torch.tensor(positions, device=student.mask.device), len(student.labels))


def aligned(teacher: Factorization, student: Factorization, policy: Policy = "error") -> Factorization:
    """The teacher over the labels that both know, in the student's order (see `labels.common_labels` for `policy`)."""
    common = common_labels(teacher.labels, student.labels, policy)
    return teacher if teacher.labels == common else teacher.restricted(common)


def cross_entropy(teacher: Factorization, student: Factorization, policy: Policy = "error") -> Tensor:
    """L_KD = log Z_s(x) − Σ_{u∈U_s(x)} P_t(u|x) · Score_s(u, x), shape (batch,) (Wang et al. 2021)."""
    return student.cross_entropy(project(teacher, student, policy))


def kl_divergence(teacher: Factorization, student: Factorization, policy: Policy = "error") -> Tensor:
    """KL(P_t ‖ P_s) = L_KD − H(P_t), shape (batch,); 0 means that the student has become the teacher."""
    teacher = aligned(teacher, student, policy)
    return cross_entropy(teacher, student) - teacher.entropy


def lost_mass(teacher: Factorization, student: Factorization) -> Tensor:
    """The teacher's probability of structures with a label that the student lacks, shape (batch,)."""
    with torch.no_grad():
        kept = aligned(teacher, student, "renormalize").log_partition - teacher.log_partition
        return -torch.expm1(kept.clamp(max=0))


def _check_sentences(teacher: Factorization, student: Factorization) -> None:
    if not torch.equal(teacher.mask, student.mask):
        lengths = teacher.lengths.tolist(), student.lengths.tolist()
        raise ValueError(
            f"The teacher's sentences have {lengths[0]} words and the student's {lengths[1]}; "
            "both must read the same sentences, in the same order and with the same padding."
        )


def _find(teacher: type[Factorization], onto: type[Parts]) -> Projection:
    if (teacher, onto) not in _TABLE:
        known = "; ".join(_row(*pair) for pair in _TABLE)
        raise NoProjection(
            f"No projection of {_row(teacher, onto)} is registered. Known: {known}. "
            f"Write one with @projection({teacher.__name__}, onto={onto.__name__})."
        )
    return _TABLE[teacher, onto]


def _row(teacher: type[Factorization], onto: type[Parts]) -> str:
    return f"{teacher.__name__} → {onto.__name__}"
