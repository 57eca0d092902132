"""What a structured model is trained on: gold cross-entropy, unless a distiller lends it another objective."""

from typing import Any, Dict, List, Mapping, NamedTuple, Optional, Protocol

from torch import Tensor

from skd_plugin.structures import Factorization, Parts

Metadata = Optional[List[Dict[str, Any]]]
Fields = Mapping[str, Any]


class Gold(NamedTuple):
    """
    The gold structures of a batch, in which some sentences may have none.

    parts : the expected parts 1[u ∈ y*], zero for sentences without gold
    known : bool, shape (batch,), whether a sentence has gold
    """

    parts: Parts
    known: Tensor


def has_gold(gold: Tensor) -> Tensor:
    """Which sentences have gold: none of their words has −1. `gold` is (batch, n), the result bool, (batch,)."""
    return (gold >= 0).all(1)


class Objective(Protocol):
    """
    The loss of a training batch.

    A plain callable, never an `nn.Module`: whatever it reaches (a teacher) must stay out of the model's weights.
    """

    def __call__(self, factorization: Factorization, gold: Gold, metadata: Metadata) -> Tensor:
        """The loss, a scalar: a sum over each sentence, averaged over all sentences of the batch."""
        ...

    def get_metrics(self, reset: bool) -> Dict[str, float]:
        """What was measured since the last reset; empty if nothing was, as in validation."""
        ...


class GoldCrossEntropy:
    """−log P(y*|x), averaged over all sentences of the batch; those without gold contribute 0."""

    def __call__(self, factorization: Factorization, gold: Gold, metadata: Metadata = None) -> Tensor:
        return factorization.cross_entropy(gold.parts).masked_fill(~gold.known, 0.0).mean()

    def get_metrics(self, reset: bool) -> Dict[str, float]:
        return {}
