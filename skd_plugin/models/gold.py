"""What a structured model is trained on: gold cross-entropy, unless a distiller sets another objective."""

from typing import Any, Dict, List, Mapping, NamedTuple, Optional, Protocol

from torch import Tensor

from skd_plugin.structures import Factorization, Parts

Metadata = Optional[List[Dict[str, Any]]]
Fields = Mapping[str, Any]


class Gold(NamedTuple):
    """
    The gold structures of a batch. Some of its sentences may have none.

    parts : the expected parts 1[u ∈ y*], zero for sentences without gold
    known : whether each sentence has gold, bool, shape (batch,)
    """

    parts: Parts
    known: Tensor


def has_gold(gold: Tensor) -> Tensor:
    """Whether each sentence has gold, which is −1 on its words otherwise: (batch, n) → bool, (batch,)."""
    return (gold >= 0).all(1)


class Objective(Protocol):
    """
    The loss of a training batch.

    It is a plain callable, never an `nn.Module`: what it refers to, such as a teacher, must stay out of the model's
    weights.
    """

    def __call__(self, factorization: Factorization, gold: Gold, metadata: Metadata) -> Tensor:
        """The loss, a scalar: the average of the losses of all sentences in the batch."""
        ...

    def get_metrics(self, reset: bool) -> Dict[str, float]:
        """What was measured since the last reset. It is empty if nothing was measured, as in validation."""
        ...


class GoldCrossEntropy:
    """−log P(y*|x), averaged over all sentences of the batch. Those without gold contribute 0."""

    def __call__(self, factorization: Factorization, gold: Gold, metadata: Metadata = None) -> Tensor:
        return factorization.cross_entropy(gold.parts).masked_fill(~gold.known, 0.0).mean()

    def get_metrics(self, reset: bool) -> Dict[str, float]:
        return {}
