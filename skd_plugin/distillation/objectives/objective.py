"""What every objective is: a number for each sentence that is small where the student does as its teachers do."""

from abc import ABC, abstractmethod
from typing import Dict, NamedTuple, Sequence, Tuple

from allennlp.common import Registrable
from torch import Tensor

from skd_plugin.structures import Factorization
from skd_plugin.structures.algebra.labels import Policy

Shares = Sequence[Tuple[float, Factorization]]
"""What each teacher says of a batch, with its share among them; the shares sum to 1."""


class Soft(NamedTuple):
    """
    loss : shape (batch,), differentiable in the student; the frame multiplies it by T²
    measured : values of which means are reported, by the name of the metric
    """

    loss: Tensor
    measured: Dict[str, Tensor]


class DistillationObjective(Registrable, ABC):
    """
    The soft term of the distillation loss (`DistillationLoss`), chosen with `objective` of `skd_distiller`.

    It has no state, and no gradient reaches the teachers. Raises `NotDefined`, `NoProjection` or `LabelMismatch` for a
    pair that it cannot compare, the first time that it meets one.
    """

    default_implementation = "structural"

    @abstractmethod
    def __call__(self, teachers: Shares, student: Factorization, temperature: float, policy: Policy) -> Soft:
        """Teachers and student come as they are, at T = 1."""


def tempered(factorization: Factorization, temperature: float) -> Factorization:
    """The same, and not only an equal one, at T = 1: what it has inferred already is of use again."""
    return factorization if temperature == 1 else factorization.tempered(temperature)
