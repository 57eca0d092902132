"""Objectives of a teacher's best structures y_1, …, y_k: −Σ_r w_r log P_s(y_r|x), sequence-level distillation."""

from abc import ABC
from typing import ClassVar

from allennlp.common.checks import ConfigurationError

from skd_plugin.distillation.objectives.base import tempered
from skd_plugin.distillation.objectives.cross_entropy import CrossEntropyObjective
from skd_plugin.structures import Factorization
from skd_plugin.structures.best_structures import BestLesson, best_lesson
from skd_plugin.structures.labels import Policy


class BestStructures(CrossEntropyObjective, ABC):
    """The shared part: subclasses say how many structures there are, and whether they count by their probability."""

    weighted: ClassVar[bool]

    def __init__(self, k: int) -> None:
        if k < 1:
            raise ConfigurationError(f"`k` is {k}, expected how many of a teacher's structures to learn: at least 1.")
        self._k = k

    def lesson(self, teacher: Factorization, student: Factorization, temperature: float, policy: Policy) -> BestLesson:
        return best_lesson(tempered(teacher, temperature), student, self._k, self.weighted, policy)
