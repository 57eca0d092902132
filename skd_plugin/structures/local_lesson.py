"""Lessons on independent choices: expected parts p as the product of their own distributions, or powers p^{1/T}."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from skd_plugin.structures.factorization import Factorization
from skd_plugin.structures.labels import Policy
from skd_plugin.structures.not_defined import NotDefined
from skd_plugin.structures.projection import Lesson, lesson


@dataclass(frozen=True)
class LocalLesson(Lesson):
    """What a teacher says of each choice by itself, without what it knows of their correlations."""

    @property
    def entropy(self) -> Tensor:
        return self.expected.product_entropy


def local_lesson(
    teacher: Factorization, student: Factorization, policy: Policy = "error", temperature: float = 1.0
) -> LocalLesson:
    """
    The teacher's expected parts of a locally normalized student, each choice at a temperature of its own ("local").

    Raises `NotDefined` for any other student; otherwise as `lesson`.
    """
    if not student.locally_normalized:
        raise NotDefined(
            f"The choices of a {type(student).__name__} are not independent, so that expected parts which are "
            "sharpened one by one are those of no distribution: the loss would be no cross-entropy, and unbounded "
            "below. Choose the tempering 'global', or a locally normalized student: MaxEnt, independent spans, a "
            "biaffine or a tagging parser."
        )
    told = lesson(teacher, student, policy)
    expected = told.expected if temperature == 1 else told.expected.sharpened(temperature)
    return LocalLesson(told.teacher, told.conditioned, expected)
