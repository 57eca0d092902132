"""The distillation loss: λ · T² · CE(teacher_T, student_T) + (1 − λ) · CE(gold, student), averaged over sentences."""

from typing import Callable, Dict, List, Sequence, Tuple, final

import torch
from allennlp.common.checks import ConfigurationError
from torch import Tensor

from skd_plugin.distillation.kd_metrics import KdMetrics
from skd_plugin.distillation.schedule import Schedule
from skd_plugin.distillation.teacher import Teacher
from skd_plugin.models import Gold
from skd_plugin.models.objective import Metadata
from skd_plugin.structures import Factorization, Parts, lesson
from skd_plugin.structures.labels import Policy


@final
class StructuralObjective:
    """
    Exact structural distillation (Wang et al. 2021); an `Objective`.

    The temperature is "global": it divides the potentials of teacher and student before inference. Several teachers are
    a mixture: by linearity its expected parts are the weighted sum of theirs. Sentences without gold take λ = 1.

    # Parameters

    teachers : `Sequence[Teacher]`
    interpolation, temperature : `Schedule`
        λ and T.
    progress : `Callable[[], float]`
        How far training is, from 0 to 1.
    label_policy : `"error"` or `"renormalize"`
        What becomes of labels that only a teacher knows.
    """

    def __init__(
        self,
        teachers: Sequence[Teacher],
        interpolation: Schedule,
        temperature: Schedule,
        progress: Callable[[], float],
        label_policy: Policy = "error",
    ) -> None:
        total = sum(teacher.weight for teacher in teachers)
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
            loss = loss + share * temperature**2 * soft
        self._metrics.add_hard(hard.detach(), gold.known)
        self._metrics.end_batch()
        return loss.mean()

    def get_metrics(self, reset: bool) -> Dict[str, float]:
        measured = self._metrics.get(reset)
        if measured:
            measured |= {"kd_lambda": self.interpolation, "kd_temperature": self.temperature}
        return measured

    def check(self) -> None:
        """Raises `ConfigurationError` if λ or T is out of range now."""
        _ = self.interpolation, self.temperature

    @property
    def interpolation(self) -> float:
        """λ now."""
        λ = self._interpolation(self._progress())
        if not 0 <= λ <= 1:
            raise ConfigurationError(
                f"The interpolation λ is {λ}, expected a number from 0 (gold alone) to 1 (teacher alone)."
            )
        return λ

    @property
    def temperature(self) -> float:
        """T now."""
        temperature = self._temperature(self._progress())
        if not temperature > 0:
            raise ConfigurationError(f"The temperature is {temperature}, expected a number above 0.")
        return temperature

    def _soft(self, student: Factorization, metadata: Metadata, temperature: float) -> Tensor:
        """CE(teacher_T, student_T), shape (batch,)."""
        if metadata is None:
            raise ConfigurationError(
                "The batch has no metadata, so the teacher has no words to read. Use a reader of this plugin, or one "
                "that puts {'words': [...]} in a MetadataField named metadata."
            )
        words = [tuple(sentence["words"]) for sentence in metadata]
        student = _at(student, temperature)
        expected, entropy = self._consult(words, student, temperature)
        soft = student.cross_entropy(expected)
        self._metrics.add_soft(soft.detach() - entropy, expected, student)
        return soft

    def _consult(
        self, words: Sequence[Tuple[str, ...]], student: Factorization, temperature: float
    ) -> Tuple[Parts, Tensor]:
        """What the teachers expect of the student's parts, and their mean entropy."""
        answers = []
        for weight, teacher in self._teachers:
            told = lesson(_at(teacher(words), temperature), student, self._label_policy)
            if told.drops:
                self._metrics.add_lost_mass(told.lost_mass * weight)
            answers.append((told.expected * weight, told.conditioned.entropy * weight))
        parts, entropies = zip(*answers)
        return sum(parts[1:], start=parts[0]), sum(entropies)


def _at(factorization: Factorization, temperature: float) -> Factorization:
    return factorization if temperature == 1 else factorization.tempered(temperature)
