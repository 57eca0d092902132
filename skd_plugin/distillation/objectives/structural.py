"""Structural distillation: CE(P_t, P_s) = −Σ_y P_t(y|x) log P_s(y|x) over all structures y."""

from typing import final

from skd_plugin.distillation.objectives.base import DistillationObjective
from skd_plugin.distillation.objectives.cross_entropy import CrossEntropyObjective
from skd_plugin.distillation.objectives.tempering import GlobalTempering, Tempering
from skd_plugin.structures import Factorization, Lesson
from skd_plugin.structures.labels import Policy


@final
@DistillationObjective.register("structural")
class Structural(CrossEntropyObjective):
    """
    The teacher's whole distribution (Wang et al. 2021). Registered as a `DistillationObjective` with name "structural".

    # Parameters

    tempering : `Tempering`, optional (default = `"global"`)
        What T does to the teacher: "global" divides its potentials, "local" flattens its expected parts.
    """

    def __init__(self, tempering: Tempering = GlobalTempering()) -> None:
        self._tempering = tempering

    def lesson(self, teacher: Factorization, student: Factorization, temperature: float, policy: Policy) -> Lesson:
        return self._tempering(teacher, student, temperature, policy)
