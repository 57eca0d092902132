"""How good predicted tags are: token accuracy, and span F1 where the labels are BIOUL tags."""

from typing import Dict, Tuple

from allennlp.training.metrics.categorical_accuracy import CategoricalAccuracy
from torch import Tensor
from torch.nn.functional import one_hot

from skd_plugin.models.span_f1 import SpanF1
from skd_plugin.structures.bioul import is_bioul


class TaggingMetrics:
    """Accumulates over batches; both metrics are summed over the processes of a distributed run."""

    def __init__(self, labels: Tuple[str, ...]) -> None:
        self._size = len(labels)
        self._accuracy = CategoricalAccuracy()
        self._spans = SpanF1(labels) if is_bioul(labels) else None

    def __call__(self, predicted: Tensor, gold: Tensor, mask: Tensor) -> None:
        """Ids of shape (batch, n); only words in the mask count. It synchronizes: all processes call it together."""
        self._accuracy(one_hot(predicted, self._size), gold, mask)  # type: ignore[arg-type]
        if self._spans is not None:
            self._spans(predicted, gold, mask)

    def get(self, reset: bool) -> Dict[str, float]:
        """
        Empty if no word was scored since the last reset, so that undecoded batches do not pass for an F1 of 0.

        Types have their own scores only when `reset` ends an epoch or an evaluation: a progress bar has no room.
        """
        if not self._accuracy.total_count:
            return {}
        spans = {} if self._spans is None else self._spans.get_metric(reset)
        shown = {name: value for name, value in spans.items() if reset or name.endswith("-overall")}
        return {"accuracy": self._accuracy.get_metric(reset), **shown}
