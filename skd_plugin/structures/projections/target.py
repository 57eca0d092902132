"""Soft targets: the expected parts that a student learns from a teacher of the same sentences, and the loss."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from skd_plugin.structures.algebra.errors import NotDefined
from skd_plugin.structures.algebra.factorization import Factorization
from skd_plugin.structures.algebra.labels import Policy, positions
from skd_plugin.structures.algebra.part_spaces import Parts
from skd_plugin.structures.projections.conditioning import condition
from skd_plugin.structures.projections.table import row_of


@dataclass(frozen=True)
class Target:
    """
    The teacher's expected parts in a student's part space, and the distribution that they are expectations of.

    teacher : the teacher before it was conditioned
    conditioned : the teacher conditioned on what the student can produce, over the labels that both have
    drops : whether the student may lack some of the teacher's structures, so that probability may be lost
    expected : the expected parts of `conditioned`
    """

    teacher: Factorization
    conditioned: Factorization
    drops: bool
    expected: Parts

    @property
    def entropy(self) -> Tensor:
        """The entropy of the distribution that `expected` is the expectation of, shape (batch,)."""
        return self.conditioned.entropy

    @property
    def lost_mass(self) -> Tensor:
        """The teacher's probability of structures that the student cannot produce, shape (batch,)."""
        if self.conditioned is self.teacher:
            return self.teacher.mask.new_zeros(len(self.teacher.mask), dtype=torch.float32)
        with torch.no_grad():
            log_kept_mass = self.conditioned.log_partition - self.teacher.log_partition
            return torch.expm1(log_kept_mass.clamp(max=0)).abs()


def target(teacher: Factorization, student: Factorization, policy: Policy = "error") -> Target:
    """
    The soft target of a teacher for a student. No gradient reaches the teacher.

    Raises `LabelMismatch` if the label sets do not fit (see `common_labels` for `policy`), `NoProjection` if the table
    has no row for the pair, and `ValueError` if the two are not about the same sentences.
    """
    row = row_of(teacher, student)
    with torch.no_grad():
        conditioned, drops = condition(teacher, student, policy)
        expected = row.project(conditioned, student)
    names = row.label_axis(conditioned)
    if names != student.labels:
        index = torch.tensor(positions(names, student.labels), device=student.mask.device)
        expected = expected.relabeled(index, len(student.labels))
    return Target(teacher, conditioned, drops, expected)


def project(teacher: Factorization, student: Factorization, policy: Policy = "error") -> Parts:
    """
    The teacher's expected parts in the student's part space, with labels aligned by name.

    See `target` for the errors. `help(registered)` lists the pairs of teacher and part space.
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


@dataclass(frozen=True)
class LocalTarget(Target):
    """A soft target for independent choices: the product of the distributions of the choices."""

    @property
    def entropy(self) -> Tensor:
        """The sum of the entropies of all choices, shape (batch,)."""
        return self.expected.product_entropy


def local_target(
    teacher: Factorization, student: Factorization, policy: Policy = "error", temperature: float = 1.0
) -> LocalTarget:
    """
    The soft target for a locally normalized student with every choice sharpened by itself: each expected part p is
    replaced by p^{1/T}, renormalized over the alternatives of its choice (the "local" temperature).

    Raises `NotDefined` if the student is not locally normalized. See `target` for the other errors.
    """
    if not student.locally_normalized:
        raise NotDefined(
            f"The choices of a {type(student).__name__} are not independent. If its expected parts are sharpened one "
            "by one, they belong to no distribution: the loss would not be a cross-entropy, and it would be unbounded "
            "below. Choose the tempering 'global', or a locally normalized student: MaxEnt, independent spans, a "
            "biaffine or a tagging parser."
        )
    exact = target(teacher, student, policy)
    expected = exact.expected if temperature == 1 else exact.expected.sharpened(temperature)
    return LocalTarget(exact.teacher, exact.conditioned, exact.drops, expected)
