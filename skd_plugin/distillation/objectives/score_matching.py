"""Substructure distillation: Σ_i mean_a (s_s(i, a) − s_t(i, a))² of scores, without any inference."""

from typing import final

from skd_plugin.distillation.objectives.objective import DistillationObjective, Shares, Soft
from skd_plugin.structures import Factorization
from skd_plugin.structures.algebra.labels import Policy
from skd_plugin.structures.projections.score_matching import squared_distance


@final
@DistillationObjective.register("local_substructure")
class LocalSubstructure(DistillationObjective):
    """
    The student matches the teacher's scores (Lin et al. 2022): their mean squared difference at each word, as in the
    authors' released code, here summed over the words of a sentence like every loss. T changes nothing: it would divide
    the scores, and T² would make up for it.

    Several teachers add up by their shares. It is no cross-entropy, and reports `kd_distance` alone. Registered as a
    `DistillationObjective` with name "local_substructure".
    """

    tempered = "neither"

    def __call__(self, teachers: Shares, student: Factorization, temperature: float, policy: Policy) -> Soft:
        first, *others = [squared_distance(teacher, student, policy) * share for share, teacher in teachers]
        distance = sum(others, start=first)
        return Soft(distance, {"kd_distance": distance.detach()})
