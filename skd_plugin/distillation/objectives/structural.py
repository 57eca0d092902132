"""Structural distillation: CE(P_t, P_s) = −Σ_y P_t(y|x) log P_s(y|x) over all structures y."""

from abc import ABC, abstractmethod
from typing import ClassVar, final

from allennlp.common import Registrable

from skd_plugin.compat.options import CheckedOptions
from skd_plugin.distillation.objectives.objective import CrossEntropyObjective, DistillationObjective, Tempered
from skd_plugin.structures import Factorization, Policy, Target, local_target, target


class Tempering(CheckedOptions, Registrable, ABC):
    """What the temperature T does to the teacher. The student's potentials are divided by T in any case."""

    default_implementation = "global"
    tempered: ClassVar[Tempered]
    """Whose potentials are divided by T before the target is computed."""

    @abstractmethod
    def __call__(self, teacher: Factorization, student: Factorization, temperature: float, policy: Policy) -> Target:
        """The soft target of one teacher. The arguments are those of a `DistillationObjective`."""


@final
@Tempering.register("global")
class GlobalTempering(Tempering):
    """
    The teacher's potentials are divided by T: P_t(y)^{1/T}, renormalized over all structures, which is exact.

    Registered as a `Tempering` with name "global".
    """

    tempered = "both"

    def __call__(self, teacher: Factorization, student: Factorization, temperature: float, policy: Policy) -> Target:
        return target(teacher, student, policy)


@final
@Tempering.register("local")
class LocalTempering(Tempering):
    """
    The teacher's expected parts at T = 1 are raised to the power 1/T and renormalized choice by choice, as in the code
    of Wang et al. 2021. Only for students whose choices are independent of each other.

    Registered as a `Tempering` with name "local".
    """

    tempered = "student"

    def __call__(self, teacher: Factorization, student: Factorization, temperature: float, policy: Policy) -> Target:
        return local_target(teacher, student, policy, temperature)


@final
@DistillationObjective.register("structural")
class Structural(CrossEntropyObjective):
    """
    The student learns the teacher's whole distribution (Wang et al. 2021).

    Registered as a `DistillationObjective` with name "structural".

    # Parameters

    tempering : `Tempering`, optional (default = `"global"`)
        What T does to the teacher: "global" divides its potentials, "local" flattens its expected parts.
    """

    def __init__(self, tempering: Tempering = GlobalTempering()) -> None:
        self._tempering = tempering
        self.tempered = tempering.tempered

    def target(self, teacher: Factorization, student: Factorization, temperature: float, policy: Policy) -> Target:
        return self._tempering(teacher, student, temperature, policy)
