"""Weighted top-k distillation: −Σ_r w_r log P_s(y_r|x), w_r ∝ P_t(y_r|x), over the teacher's k best structures."""

from typing import final

from skd_plugin.distillation.objectives.base import DistillationObjective
from skd_plugin.distillation.objectives.best import BestStructures


@final
@DistillationObjective.register("weighted_top_k")
class WeightedTopK(BestStructures):
    """
    The k best by their probabilities (Wang et al. 2020), renormalized; at T those of the teacher at T.

    Registered as a `DistillationObjective` with name "weighted_top_k".

    # Parameters

    k : `int`, optional (default = `5`)
    """

    weighted = True

    def __init__(self, k: int = 5) -> None:
        super().__init__(k)
