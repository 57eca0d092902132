"""The distillation loss: λ · T² · soft(teachers, student, T) + (1 − λ) · CE(gold, student), averaged over sentences."""

from typing import Callable, Dict, List, Sequence, Tuple, final

import torch
from allennlp.common.checks import ConfigurationError
from torch import Tensor

from skd_plugin.compat.configuration import configuration_errors
from skd_plugin.distillation.metrics import KdMetrics
from skd_plugin.distillation.objectives import DistillationObjective
from skd_plugin.distillation.objectives.objective import SoftLoss, WeightedTeachers
from skd_plugin.distillation.progress import Moment
from skd_plugin.distillation.schedule import Schedule
from skd_plugin.distillation.teachers.teacher import Teacher
from skd_plugin.models import Gold
from skd_plugin.models.gold import Metadata
from skd_plugin.structures import Factorization, LabelMismatch, NoProjection
from skd_plugin.structures.algebra.errors import NotDefined
from skd_plugin.structures.algebra.labels import Policy


@final
class DistillationLoss:
    """
    The frame around a `DistillationObjective`, which gives the soft term; to the model it is an `Objective`.

    Sentences without gold take λ = 1. The factor T² keeps the size of the soft term's gradient (Hinton et al. 2015).

    # Parameters

    objective : `DistillationObjective`
    teachers : `Sequence[Teacher]`
    interpolation, temperature : `Schedule`
        λ and T.
    progress : `Callable[[], Moment]`
        How far training is.
    label_policy : `"error"` or `"renormalize"`
        What becomes of labels that only a teacher knows.
    """

    def __init__(
        self,
        objective: DistillationObjective,
        teachers: Sequence[Teacher],
        interpolation: Schedule,
        temperature: Schedule,
        progress: Callable[[], Moment],
        label_policy: Policy = "error",
    ) -> None:
        total = sum(teacher.weight for teacher in teachers)
        self._objective = objective
        self._teachers: List[Tuple[float, Teacher]] = [(teacher.weight / total, teacher) for teacher in teachers]
        self._interpolation = interpolation
        self._temperature = temperature
        self._progress = progress
        self._label_policy = label_policy
        self._metrics = KdMetrics()

    def __call__(self, factorization: Factorization, gold: Gold, metadata: Metadata) -> Tensor:
        λ, temperature = self.interpolation, self.temperature
        hard = factorization.cross_entropy(gold.parts)
        # Shape: (batch,)
        share = torch.where(gold.known, λ, 1.0).to(hard.dtype)
        loss = (1 - share) * hard
        if bool((share > 0).any()):
            soft = self._soft(factorization, metadata, temperature)
            loss = loss + share * soft
        self._metrics.add("kd_hard_loss", hard.detach()[gold.known])
        self._metrics.end_batch()
        return loss.mean()

    def get_metrics(self, reset: bool) -> Dict[str, float]:
        measured = self._metrics.get(reset)
        if measured:
            measured |= {"kd_lambda": self.interpolation, "kd_temperature": self.temperature}
        return measured

    @property
    def interpolation(self) -> float:
        """λ now."""
        return _interpolation(self._interpolation(self._progress()))

    @property
    def temperature(self) -> float:
        """T now."""
        return _temperature(self._temperature(self._progress()))

    def _soft(self, student: Factorization, metadata: Metadata, temperature: float) -> Tensor:
        """The soft term with its factor T², shape (batch,)."""
        if metadata is None:
            raise ConfigurationError(
                "The batch has no metadata, so the teacher has no words to read. Use a reader of this plugin, or one "
                "that puts {'words': [...]} in a MetadataField named metadata."
            )
        words = [tuple(sentence["words"]) for sentence in metadata]
        teachers = [(share, teacher(words)) for share, teacher in self._teachers]
        soft = soft_loss(self._objective, teachers, student, temperature, self._label_policy)
        for name, values in soft.metrics.items():
            self._metrics.add(name, values)
        return soft.loss


def soft_loss(
    objective: DistillationObjective,
    teachers: WeightedTeachers,
    student: Factorization,
    temperature: float,
    policy: Policy,
) -> SoftLoss:
    """
    What the objective returns for teachers and student at temperature T, with the loss multiplied by T².

    The arguments come undivided: this function is the only place where potentials are divided by T. Raises
    `ConfigurationError` if the objective cannot compare the teachers with the student.
    """
    teacher_divisor = temperature if objective.tempered == "both" else 1.0
    student_divisor = 1.0 if objective.tempered == "neither" else temperature
    kinds = ", ".join(type(teacher).__name__ for _, teacher in teachers)
    undefined = (
        f"The objective {type(objective).__name__} is not defined for the teacher's {kinds} and the student's "
        f"{type(student).__name__}."
    )
    teachers = [(weight, _divided(teacher, teacher_divisor)) for weight, teacher in teachers]
    with configuration_errors(LabelMismatch, NoProjection), configuration_errors(NotDefined, prefix=undefined):
        soft = objective(teachers, _divided(student, student_divisor), temperature, policy)
    return soft._replace(loss=soft.loss * student_divisor**2)


def check_schedules(interpolation: Schedule, temperature: Schedule) -> None:
    """Raises `ConfigurationError` if λ or T is ever out of range."""
    for λ in interpolation.extremes:
        _interpolation(λ)
    for value in temperature.extremes:
        _temperature(value)


def _divided(factorization: Factorization, temperature: float) -> Factorization:
    """The same object at T = 1, because it keeps the results of its inference."""
    return factorization if temperature == 1 else factorization.tempered(temperature)


def _interpolation(λ: float) -> float:
    if not 0 <= λ <= 1:
        raise ConfigurationError(
            f"The interpolation λ is {λ}, expected a number from 0 (gold alone) to 1 (teacher alone)."
        )
    return λ


def _temperature(temperature: float) -> float:
    if not temperature > 0:
        raise ConfigurationError(f"The temperature is {temperature}, expected a number above 0.")
    return temperature
