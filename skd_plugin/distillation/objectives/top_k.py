"""Top-k distillation: −(1/k) Σ_r log P_s(y_r|x) over the teacher's k best structures."""

from typing import final

from skd_plugin.distillation.objectives.base import DistillationObjective
from skd_plugin.distillation.objectives.best import BestStructures


@final
@DistillationObjective.register("top_k")
class TopK(BestStructures):
    """
    The k best, each as if it were gold (Wang et al. 2020). Registered as a `DistillationObjective` with name "top_k".

    # Parameters

    k : `int`, optional (default = `5`)
    """

    weighted = False

    def __init__(self, k: int = 5) -> None:
        super().__init__(k)
