"""Top-1 distillation: −log P_s(ŷ|x) of the teacher's best structure ŷ, as if it were gold."""

from typing import final

from skd_plugin.distillation.objectives.base import DistillationObjective
from skd_plugin.distillation.objectives.best import BestStructures


@final
@DistillationObjective.register("top_1")
class Top1(BestStructures):
    """
    Sequence-level distillation (Kim and Rush 2016), also called pseudo-labels.

    Registered as a `DistillationObjective` with name "top_1".
    """

    weighted = False

    def __init__(self) -> None:
        super().__init__(1)
