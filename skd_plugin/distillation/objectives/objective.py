"""What an objective is, and the family of those that are a cross-entropy CE(soft targets, student)."""

from abc import ABC, abstractmethod
from typing import Dict, Literal, NamedTuple, Optional, Sequence, Tuple, final

from allennlp.common import Registrable
from torch import Tensor

from skd_plugin.compat.options import CheckedOptions
from skd_plugin.structures import Factorization, Parts, Policy, Target

WeightedTeachers = Sequence[Tuple[float, Factorization]]
"""For each teacher its weight and its distributions over the sentences of a batch; the weights sum to 1."""

Tempered = Literal["both", "student", "neither"]
"""Whose potentials are divided by T: those of teachers and student, of the student alone, or of neither."""


class SoftLoss(NamedTuple):
    """
    What an objective returns.

    loss : shape (batch,), differentiable in the student
    metrics : for each name the values whose mean is reported, shape (count,); the names are those of `KdMetrics`
    """

    loss: Tensor
    metrics: Dict[str, Tensor]


class DistillationObjective(CheckedOptions, Registrable, ABC):
    """
    What the student learns from its teachers: the soft loss, chosen with `objective` of `skd_distiller`.

    An objective has no state, and no gradient reaches the teachers. It raises `NotDefined`, `NoProjection` or
    `LabelMismatch` for a teacher and a student that it cannot compare.

    The temperature is not applied here but in `loss.soft_loss`, which divides the potentials by T before it calls an
    objective, and multiplies the loss by T² afterwards. An objective that needs undivided potentials sets `tempered`.
    Where the student's potentials are not divided, the loss is not multiplied by T² either.
    """

    default_implementation = "structural"
    tempered: Tempered = "both"

    @abstractmethod
    def __call__(
        self, teachers: WeightedTeachers, student: Factorization, temperature: float, policy: Policy
    ) -> SoftLoss:
        """
        # Parameters

        teachers, student : distributions over the same sentences, whose potentials are divided as `tempered` says
        temperature : T
        policy : what to do about labels that only a teacher has
        """


class SoftTarget(NamedTuple):
    """
    What the sentences of a batch have as their target, the mixture of all teachers. It does not depend on the weights
    of the student.

    expected : the expected parts
    entropy : the mean of the entropies of the teachers' targets, shape (batch,)
    lost_mass : the teachers' mean probability of structures that the targets leave out, shape (batch,); None if they
        leave out none
    """

    expected: Parts
    entropy: Tensor
    lost_mass: Optional[Tensor]


class CrossEntropyObjective(DistillationObjective, ABC):
    """
    CE(soft targets, student), where the soft targets are expected parts of the student. A subclass computes them.

    Several teachers are a mixture. The cross-entropy is linear in the expected parts, so those of the mixture are the
    weighted sum of the teachers'.

    The metrics are `kd_kl` (the cross-entropy minus the mean entropy of the targets), that entropy as
    `kd_teacher_entropy`, `kd_agreement` and, where a target leaves out structures of its teacher, `kd_lost_mass`.
    """

    @abstractmethod
    def target(self, teacher: Factorization, student: Factorization, temperature: float, policy: Policy) -> Target:
        """
        The soft target of one teacher. The arguments are those of `__call__`.

        It must not depend on the student's potentials or on chance, because at a constant temperature it is kept for
        later epochs.
        """

    def student_distribution(self, student: Factorization) -> Factorization:
        """The distribution that is compared with the soft targets: the student's own, unless a subclass overrides."""
        return student

    @final
    def __call__(
        self, teachers: WeightedTeachers, student: Factorization, temperature: float, policy: Policy
    ) -> SoftLoss:
        return self.loss(self.mixed_target(teachers, student, temperature, policy), student)

    @final
    def mixed_target(
        self, teachers: WeightedTeachers, student: Factorization, temperature: float, policy: Policy
    ) -> SoftTarget:
        """The soft target of all teachers. The arguments are those of `__call__`."""
        student = self.student_distribution(student)
        targets = [(weight, self.target(teacher, student, temperature, policy)) for weight, teacher in teachers]
        first, *others = [target.expected * weight for weight, target in targets]
        expected = sum(others, start=first)
        entropies = [target.entropy * weight for weight, target in targets]
        lost = [target.lost_mass * weight for weight, target in targets if target.drops]
        return SoftTarget(
            expected,
            sum(entropies[1:], start=entropies[0]),
            sum(lost[1:], start=lost[0]) if lost else None,
        )

    @final
    def loss(self, target: SoftTarget, student: Factorization) -> SoftLoss:
        """The loss for a student whose potentials are divided as `tempered` says."""
        student = self.student_distribution(student)
        loss = student.cross_entropy(target.expected)
        agrees = target.expected.choices == student.choices
        metrics = {
            "kd_kl": loss.detach() - target.entropy,
            "kd_teacher_entropy": target.entropy,
            "kd_agreement": agrees[student.mask],
        }
        if target.lost_mass is not None:
            metrics["kd_lost_mass"] = target.lost_mass
        return SoftLoss(loss, metrics)
