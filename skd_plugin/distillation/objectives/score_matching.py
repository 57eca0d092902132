"""Score matching: Σ_i mean_a (s_s(i, a) − s_t(i, a))² of the scores of teacher and student, without inference."""

from typing import final

from skd_plugin.compat.options import check_range
from skd_plugin.distillation.objectives.objective import DistillationObjective, SoftLoss, WeightedTeachers
from skd_plugin.structures import Factorization, Policy, squared_distance


@final
@DistillationObjective.register("local_substructure")
class LocalSubstructure(DistillationObjective):
    """
    The student matches the teacher's scores (Lin et al. 2022): the mean squared difference at each word, as in the
    authors' released code, summed over the words of a sentence.

    With several teachers it is the weighted sum of the distances to each. It is not a cross-entropy, so its only metric
    is `kd_distance`.

    Registered as a `DistillationObjective` with name "local_substructure".

    # Parameters

    scale : `float`, optional (default = `1.0`)
        By which the loss is multiplied, from 1e-6 to 1e6: squared scores and cross-entropies differ in size. λ cannot
        do that where there is no gold, because it is 1 there.
    """

    # Dividing both scores by T would divide the loss by T², and the factor T² would undo that.
    tempered = "neither"

    def __init__(self, scale: float = 1.0) -> None:
        check_range("`scale`, by which the squared differences of scores are multiplied,", scale, 1e-6, 1e6)
        self._scale = scale

    def __call__(
        self, teachers: WeightedTeachers, student: Factorization, temperature: float, policy: Policy
    ) -> SoftLoss:
        first, *others = [squared_distance(teacher, student, policy) * weight for weight, teacher in teachers]
        distance = sum(others, start=first)
        return SoftLoss(self._scale * distance, {"kd_distance": distance.detach()})
