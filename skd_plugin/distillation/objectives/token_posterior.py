"""Posterior distillation: Σ_i CE(P_t(y_i|x), P_s(y_i|x)), the cross-entropy of the posteriors of each word."""

from typing import final

from skd_plugin.distillation.objectives.objective import CrossEntropyObjective, DistillationObjective
from skd_plugin.structures import Factorization, Policy, Target, local_target


@final
@DistillationObjective.register("token_posterior")
class TokenPosterior(CrossEntropyObjective):
    """
    The student learns the teacher's posterior of each word (Wang et al. 2020). The posteriors of a chain come from the
    forward–backward algorithm, on both sides.

    For a student whose words are independent, the loss is that of `Structural`. But `kd_kl` is here the sum over words
    of KL(P_t(y_i|x) ‖ P_s(y_i|x)).

    Registered as a `DistillationObjective` with name "token_posterior".
    """

    def student_distribution(self, student: Factorization) -> Factorization:
        return student.token_posterior

    def target(self, teacher: Factorization, student: Factorization, temperature: float, policy: Policy) -> Target:
        return local_target(teacher, student, policy)
