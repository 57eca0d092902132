"""Posterior distillation: Σ_i CE(P_t(y_i|x), P_s(y_i|x)), word by word, of the posteriors after inference."""

from typing import final

from skd_plugin.distillation.objectives.cross_entropy import CrossEntropyObjective
from skd_plugin.distillation.objectives.objective import DistillationObjective
from skd_plugin.structures import Factorization, Target
from skd_plugin.structures.algebra.labels import Policy
from skd_plugin.structures.projections.target import local_target


@final
@DistillationObjective.register("token_posterior")
class TokenPosterior(CrossEntropyObjective):
    """
    What the teacher says of each word by itself (Wang et al. 2020): of a chain, the posteriors of forward–backward on
    both sides. For a student whose words are independent the loss is that of `Structural`, but `kd_kl` is here the sum
    over words of KL(P_t(y_i|x) ‖ P_s(y_i|x)).

    Registered as a `DistillationObjective` with name "token_posterior".
    """

    def taught(self, student: Factorization) -> Factorization:
        return student.token_posterior

    def target(self, teacher: Factorization, student: Factorization, temperature: float, policy: Policy) -> Target:
        return local_target(teacher, student, policy)
