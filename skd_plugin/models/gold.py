"""What a structured model is trained on: gold cross-entropy, unless a distiller sets another objective."""

from typing import Any, Dict, List, Mapping, NamedTuple, Optional, Protocol

from allennlp.common.checks import ConfigurationError
from torch import Tensor

from skd_plugin.structures import Factorization, Parts

Metadata = Optional[List[Dict[str, Any]]]
Fields = Mapping[str, Any]

NO_GOLD = -1
UNKNOWN = -2
"""The ids of a word without gold, and of a gold label that the vocabulary lacks."""


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
    return (gold != NO_GOLD).all(1)


def has_known_gold(gold: Tensor) -> Tensor:
    """Whether each sentence has gold whose labels the vocabulary has; −2 is one that it lacks: bool, (batch,)."""
    return (gold >= 0).all(1)


def names_of_unknown(gold: Tensor, metadata: Metadata, key: str) -> Dict[int, List[str]]:
    """For each sentence with a label that the vocabulary lacks, its row and the names of its labels in the metadata."""
    rows: List[int] = (gold == UNKNOWN).any(1).nonzero().flatten().tolist()
    if rows and (metadata is None or key not in metadata[rows[0]]):
        raise ConfigurationError(
            f"A sentence has a gold label that the vocabulary lacks (the id {UNKNOWN}), but no {key!r} in its metadata "
            "to name it. Use a reader of this plugin, or one that gives them."
        )
    return {row: metadata[row][key] for row in rows} if metadata else {}


class Objective(Protocol):
    """
    The loss of a training batch.

    It is a plain callable, never an `nn.Module`: what it refers to, such as a teacher, must stay out of the model's
    weights.
    """

    def __call__(self, factorization: Factorization, gold: Gold, metadata: Metadata) -> Tensor:
        """The loss, a scalar: the average of the losses of all sentences in the batch."""
        ...

    def observe(self, factorization: Factorization, metadata: Metadata) -> None:
        """Measures something of a batch in evaluation, which has no influence on the loss or on other metrics."""
        ...

    def get_metrics(self, reset: bool) -> Dict[str, float]:
        """What was measured since the last reset. It is empty if nothing was measured."""
        ...


class GoldCrossEntropy:
    """−log P(y*|x), averaged over all sentences of the batch. Those without gold contribute 0."""

    def __call__(self, factorization: Factorization, gold: Gold, metadata: Metadata = None) -> Tensor:
        return factorization.cross_entropy(gold.parts).masked_fill(~gold.known, 0.0).mean()

    def observe(self, factorization: Factorization, metadata: Metadata = None) -> None:
        """There is nothing but the loss."""

    def get_metrics(self, reset: bool) -> Dict[str, float]:
        return {}
