"""Objectives that are CE(target, student), with a target that each teacher gives as expected parts of the student."""

from abc import ABC, abstractmethod

from skd_plugin.distillation.objectives.objective import DistillationObjective, Shares, Soft, tempered
from skd_plugin.structures import Factorization, Lesson
from skd_plugin.structures.algebra.labels import Policy


class CrossEntropyObjective(DistillationObjective, ABC):
    """
    Several teachers are a mixture: by linearity its expected parts are the weighted sum of theirs.

    Reports `kd_kl`, the cross-entropy less the mean entropy of the targets, `kd_agreement`, and `kd_lost_mass`.
    """

    @abstractmethod
    def lesson(self, teacher: Factorization, student: Factorization, temperature: float, policy: Policy) -> Lesson:
        """The target; the teacher is at T = 1, the student what `taught` gives."""

    def taught(self, student: Factorization, temperature: float) -> Factorization:
        """The distribution of the student that is compared with the target."""
        return tempered(student, temperature)

    def __call__(self, teachers: Shares, student: Factorization, temperature: float, policy: Policy) -> Soft:
        student = self.taught(student, temperature)
        lessons = [(share, self.lesson(teacher, student, temperature, policy)) for share, teacher in teachers]
        first, *others = [told.expected * share for share, told in lessons]
        expected = sum(others, start=first)
        loss = student.cross_entropy(expected)
        agrees = expected.choices == student.choices
        measured = {
            "kd_kl": loss.detach() - sum(told.entropy * share for share, told in lessons),
            "kd_agreement": agrees[student.mask],
        }
        lost = [told.lost_mass * share for share, told in lessons if told.drops]
        if lost:
            measured["kd_lost_mass"] = sum(lost[1:], start=lost[0])
        return Soft(loss, measured)
