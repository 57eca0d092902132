"""Sequence-level distillation: −Σ_r w_r log P_s(y_r|x) of the teacher's best structures y_1, …, y_k."""

from abc import ABC
from typing import ClassVar, final

from skd_plugin.compat.options import check_range
from skd_plugin.distillation.objectives.objective import CrossEntropyObjective, DistillationObjective
from skd_plugin.structures import BestTarget, Factorization, Policy, best_target

# The expected parts of that many structures are added up for each batch.
_LARGEST_K = 1000


class BestStructures(CrossEntropyObjective, ABC):
    """
    The student learns the teacher's k best structures.

    weighted : whether the weights w_r are the teacher's probabilities, renormalized; otherwise they are equal
    """

    weighted: ClassVar[bool]

    def __init__(self, k: int) -> None:
        check_range("`k`, how many of a teacher's structures to learn,", k, 1, _LARGEST_K)
        self._k = k

    def target(self, teacher: Factorization, student: Factorization, temperature: float, policy: Policy) -> BestTarget:
        return best_target(teacher, student, self._k, self.weighted, policy)


@final
@DistillationObjective.register("top_1")
class Top1(BestStructures):
    """
    The best structure as if it were gold: pseudo-labels, or sequence-level distillation (Kim and Rush 2016).

    Registered as a `DistillationObjective` with name "top_1".
    """

    weighted = False

    def __init__(self) -> None:
        super().__init__(1)


@final
@DistillationObjective.register("top_k")
class TopK(BestStructures):
    """
    The k best structures, each as if it were gold (Wang et al. 2020).

    Registered as a `DistillationObjective` with name "top_k".

    # Parameters

    k : `int`, optional (default = `5`)
        From 1 to 1000.
    """

    weighted = False

    def __init__(self, k: int = 5) -> None:
        super().__init__(k)


@final
@DistillationObjective.register("weighted_top_k")
class WeightedTopK(BestStructures):
    """
    The k best structures, weighted by their probabilities (Wang et al. 2020), which are those of the teacher at T.

    Registered as a `DistillationObjective` with name "weighted_top_k".

    # Parameters

    k : `int`, optional (default = `5`)
        From 1 to 1000.
    """

    weighted = True

    def __init__(self, k: int = 5) -> None:
        super().__init__(k)
