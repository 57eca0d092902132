"""What every objective is: a number for each sentence that is small where the student does as its teachers do."""

from abc import ABC, abstractmethod
from typing import Dict, Literal, NamedTuple, Sequence, Tuple

from allennlp.common import Registrable
from torch import Tensor

from skd_plugin.structures import Factorization
from skd_plugin.structures.algebra.labels import Policy

Shares = Sequence[Tuple[float, Factorization]]
"""What each teacher says of a batch, with its share among them; the shares sum to 1."""

Tempered = Literal["both", "student", "neither"]
"""Whose potentials are divided by T: those of teachers and student, of the student alone, or of neither."""


class Soft(NamedTuple):
    """
    loss : shape (batch,), differentiable in the student
    measured : values of which means are reported, by the name of the metric
    """

    loss: Tensor
    measured: Dict[str, Tensor]


class DistillationObjective(Registrable, ABC):
    """
    The soft term of the distillation loss (`DistillationLoss`), chosen with `objective` of `skd_distiller`.

    It has no state, and no gradient reaches the teachers. `DistillationLoss` applies the temperature: it divides the
    potentials by T before it calls an objective, and multiplies the loss by T² after it. An objective that needs
    undivided potentials says so with `tempered`; T² is left out where the student's are not divided. Raises
    `NotDefined`, `NoProjection` or `LabelMismatch` for a pair that it cannot compare.
    """

    default_implementation = "structural"
    tempered: Tempered = "both"

    @abstractmethod
    def __call__(self, teachers: Shares, student: Factorization, temperature: float, policy: Policy) -> Soft:
        """Teachers and student come at the temperature T that `tempered` says; `temperature` is T."""
