"""Objectives that are CE(target, student), with a target that each teacher gives as expected parts of the student."""

from abc import ABC, abstractmethod

from skd_plugin.distillation.objectives.objective import DistillationObjective, Shares, Soft
from skd_plugin.structures import Factorization, Target
from skd_plugin.structures.algebra.labels import Policy


class CrossEntropyObjective(DistillationObjective, ABC):
    """
    Several teachers are a mixture: by linearity its expected parts are the weighted sum of theirs.

    Reports `kd_kl`, the cross-entropy less the mean entropy of the targets, `kd_agreement`, and `kd_lost_mass`.
    """

    @abstractmethod
    def target(self, teacher: Factorization, student: Factorization, temperature: float, policy: Policy) -> Target:
        """The target of one teacher; the student is what `taught` gives."""

    def taught(self, student: Factorization) -> Factorization:
        """The distribution of the student that is compared with the target."""
        return student

    def __call__(self, teachers: Shares, student: Factorization, temperature: float, policy: Policy) -> Soft:
        student = self.taught(student)
        targets = [(share, self.target(teacher, student, temperature, policy)) for share, teacher in teachers]
        first, *others = [soft_target.expected * share for share, soft_target in targets]
        expected = sum(others, start=first)
        loss = student.cross_entropy(expected)
        agrees = expected.choices == student.choices
        measured = {
            "kd_kl": loss.detach() - sum(soft_target.entropy * share for share, soft_target in targets),
            "kd_agreement": agrees[student.mask],
        }
        lost = [soft_target.lost_mass * share for share, soft_target in targets if soft_target.drops]
        if lost:
            measured["kd_lost_mass"] = sum(lost[1:], start=lost[0])
        return Soft(loss, measured)
