"""The one verb: P_t(u|x) for each part u of the student, by (teacher factorization, student part space)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Callable, TypeVar

import torch
from torch import Tensor

from skd_plugin.structures.algebra.errors import NotDefined
from skd_plugin.structures.algebra.factorization import Factorization
from skd_plugin.structures.algebra.labels import Policy
from skd_plugin.structures.algebra.part_spaces import ArcTokens, Parts

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


@dataclass(frozen=True)
class Target:
    """
    What a teacher has to say to a student of the same sentences, computed once.

    teacher : as given
    conditioned : the teacher on what the student can produce, over the labels that both know
    expected : its expected parts in the student's part space
    """

    teacher: Factorization
    conditioned: Factorization
    expected: Parts

    @property
    def drops(self) -> bool:
        """Whether the student lacks some of the teacher's structures, so that mass may be lost."""
        return isinstance(self.expected, ArcTokens) or self.conditioned.narrower_than(self.teacher)

    @property
    def entropy(self) -> Tensor:
        """That of the distribution of which `expected` are the expectations, shape (batch,)."""
        return self.conditioned.entropy

    @property
    def lost_mass(self) -> Tensor:
        """The teacher's probability of structures that the student cannot produce, shape (batch,)."""
        if self.conditioned is self.teacher:
            return self.teacher.mask.new_zeros(len(self.teacher.mask), dtype=torch.float32)
        with torch.no_grad():
            kept = self.conditioned.log_partition - self.teacher.log_partition
            return torch.expm1(kept.clamp(max=0)).abs()


def target(teacher: Factorization, student: Factorization, policy: Policy = "error") -> Target:
    """
    The teacher's expected parts in the student's part space, with the teacher that they are expectations of.

    Raises `LabelMismatch` where the label sets do not fit (see `labels.common_labels` for `policy`), `NoProjection` for
    a pair that is not in the table. No gradient reaches the teacher.
    """
    function = projection_of(teacher, student)
    with torch.no_grad():
        conditioned = teacher.conditioned(student, policy)
        expected = function(conditioned, student)
    names = conditioned.names_of_parts(student)
    if names != student.labels:
        expected = expected.relabeled(_positions(names, student), len(student.labels))
    return Target(teacher, conditioned, expected)


def projection_of(teacher: Factorization, student: Factorization) -> Projection:
    """Raises `NoProjection` where there is none, and `ValueError` unless both read the same sentences."""
    function = _find(type(teacher), student.parts)
    _check_sentences(teacher, student)
    return function


def project(teacher: Factorization, student: Factorization, policy: Policy = "error") -> Parts:
    """
    The teacher's expected parts in the student's part space, labels aligned by name: see `target`. Registered pairs:
    """
    return target(teacher, student, policy).expected


def cross_entropy(teacher: Factorization, student: Factorization, policy: Policy = "error") -> Tensor:
    """L_KD = log Z_s(x) − Σ_{u∈U_s(x)} P_t(u|x) · Score_s(u, x), shape (batch,) (Wang et al. 2021)."""
    return student.cross_entropy(project(teacher, student, policy))


def kl_divergence(teacher: Factorization, student: Factorization, policy: Policy = "error") -> Tensor:
    """KL(P_t ‖ P_s) = L_KD − H(P_t), shape (batch,); 0 means that the student has become the teacher."""
    soft_target = target(teacher, student, policy)
    return student.cross_entropy(soft_target.expected) - soft_target.entropy


def lost_mass(teacher: Factorization, student: Factorization) -> Tensor:
    """The teacher's probability of structures that the student cannot produce, shape (batch,)."""
    return target(teacher, student, "renormalize").lost_mass


def _positions(names: tuple[str, ...], student: Factorization) -> Tensor:
    """Where the student has each label; −1 where it has it not, and the teacher expects nothing of it."""
    places = {label: place for place, label in enumerate(student.labels)}
    return torch.tensor([places.get(name, -1) for name in names], device=student.mask.device)


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
            f"No projection of {_row(teacher, onto)} is registered. Known: {known}. Take a teacher and a student of "
            f"one of these pairs, or write another with @projection({teacher.__name__}, onto={onto.__name__})."
        )
    return _TABLE[teacher, onto]


def _row(teacher: type[Factorization], onto: type[Parts]) -> str:
    return f"{teacher.__name__} → {onto.__name__}"


@dataclass(frozen=True)
class LocalTarget(Target):
    """What a teacher says of each choice by itself, without what it knows of their correlations."""

    @property
    def entropy(self) -> Tensor:
        return self.expected.product_entropy


def local_target(
    teacher: Factorization, student: Factorization, policy: Policy = "error", temperature: float = 1.0
) -> LocalTarget:
    """
    The teacher's expected parts of a locally normalized student, each choice at a temperature of its own ("local").

    Raises `NotDefined` for any other student; otherwise as `target`.
    """
    if not student.locally_normalized:
        raise NotDefined(
            f"The choices of a {type(student).__name__} are not independent, so that expected parts which are "
            "sharpened one by one are those of no distribution: the loss would be no cross-entropy, and unbounded "
            "below. Choose the tempering 'global', or a locally normalized student: MaxEnt, independent spans, a "
            "biaffine or a tagging parser."
        )
    soft_target = target(teacher, student, policy)
    expected = soft_target.expected if temperature == 1 else soft_target.expected.sharpened(temperature)
    return LocalTarget(soft_target.teacher, soft_target.conditioned, expected)
