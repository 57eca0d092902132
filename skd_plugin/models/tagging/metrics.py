"""Metrics of predicted tags: accuracy, and for BIOUL tags precision, recall and F1 of entities.

An entity is right if its type and its boundaries are right.
"""

from collections import Counter
from typing import Dict, List, Mapping, Optional, Sequence, Tuple

import torch
from allennlp.data.dataset_readers.dataset_utils import bioul_tags_to_spans
from allennlp.nn.util import dist_reduce_sum
from allennlp.training.metrics.categorical_accuracy import CategoricalAccuracy
from allennlp.training.metrics.metric import Metric
from torch import Tensor
from torch.nn.functional import one_hot

from skd_plugin.structures import bioul

Names = Mapping[int, Sequence[str]]


class TaggingMetrics:
    """The metrics of a tagger, accumulated over batches and over the processes of a distributed run."""

    def __init__(self, labels: Tuple[str, ...]) -> None:
        self._size = len(labels)
        self._ids = {label: index for index, label in enumerate(labels)}
        self._accuracy = CategoricalAccuracy()
        self._span_f1 = SpanF1(labels) if bioul.is_bioul(labels) else None

    def __call__(self, predicted: Tensor, gold: Tensor, mask: Tensor, names: Optional[Names] = None) -> None:
        """
        Adds a batch of tags, ids of shape (batch, n). Only words in the mask count.

        `names` has the gold tags as strings for the sentences, by their rows, that have one which is not an id. All
        processes of a distributed run have to call it together, because it synchronizes them.
        """
        names = names or {}
        gold = self._with_ids(gold, names)
        self._accuracy(one_hot(predicted, self._size), gold, mask)  # type: ignore[arg-type]
        if self._span_f1 is not None:
            self._span_f1(predicted, gold, mask, names)

    def get(self, reset: bool) -> Dict[str, float]:
        """
        The metrics since the last reset. They are empty, not 0, if no batch was decoded and scored.

        The scores of each type are included only with `reset`, at the end of an epoch or an evaluation, because a
        progress bar has no room for them.
        """
        if not self._accuracy.total_count:
            return {}
        scores = {} if self._span_f1 is None else self._span_f1.get_metric(reset)
        span_scores = {name: value for name, value in scores.items() if reset or name.endswith("-overall")}
        return {"accuracy": self._accuracy.get_metric(reset), **span_scores}

    def _with_ids(self, gold: Tensor, names: Names) -> Tensor:
        """The ids of the tags that the model has, which may be more than the vocabulary has; −1 for the others."""
        gold = gold.clone() if names else gold
        for row, tags in names.items():
            gold[row, : len(tags)] = torch.tensor([self._ids.get(tag, -1) for tag in tags], device=gold.device)
        return gold


class SpanF1(Metric):
    """
    The metrics of AllenNLP's `SpanBasedF1Measure`, under the same names, but for distributed runs too.

    Gold entities of a type that is not among the labels are missed ones in the overall metrics.

    # Parameters

    labels : `Tuple[str, ...]`
        BIOUL tags.
    """

    supports_distributed = True

    def __init__(self, labels: Tuple[str, ...]) -> None:
        self._labels = labels
        self._types = sorted(bioul.types(labels))
        self.reset()

    def __call__(
        self,
        predictions: Tensor,
        gold_labels: Tensor,
        mask: Optional[Tensor] = None,
        names: Optional[Names] = None,
    ) -> None:
        """
        Adds a batch, label ids of shape (batch, n). The mask is right padding, and may leave out whole sentences.

        `names` has the gold tags of some sentences as strings, by their rows, to be used in place of ids.
        """
        lengths = [predictions.shape[1]] * len(predictions) if mask is None else mask.sum(1).tolist()
        true_positives, positives, gold_spans = Counter[str](), Counter[str](), Counter[str]()
        names = names or {}
        rows = zip(predictions.tolist(), gold_labels.tolist(), lengths)
        for row, (predicted_ids, gold_ids, length) in enumerate(rows):
            predicted = _spans(self._names(predicted_ids[:length]))
            gold = _spans(names[row][:length] if row in names else self._names(gold_ids[:length]))
            true_positives.update(kind for kind, _ in predicted & gold)
            positives.update(kind for kind, _ in predicted)
            gold_spans.update(kind for kind, _ in gold)
        self._counts += self._sum_over_processes([true_positives, positives, gold_spans])

    def get_metric(self, reset: bool = False) -> Dict[str, float]:
        """`precision-…`, `recall-…` and `f1-measure-…`, overall and for each type in gold or predictions."""
        rows = {"overall": self._counts.sum(1), **dict(zip(self._types, self._counts.T))}
        metrics: Dict[str, float] = {}
        for name, row in rows.items():
            if name == "overall" or row.any():
                metrics.update(_scores(name, *row.tolist()))
        if reset:
            self.reset()
        return metrics

    def reset(self) -> None:
        # The last column is for all types that are not among the labels.
        self._counts = torch.zeros(3, len(self._types) + 1, dtype=torch.long)

    def _names(self, ids: List[int]) -> List[str]:
        return [self._labels[label] for label in ids]

    def _sum_over_processes(self, counters: "list[Counter[str]]") -> Tensor:
        known = [[counter[kind] for kind in self._types] for counter in counters]
        counts = torch.tensor([[*row, counter.total() - sum(row)] for row, counter in zip(known, counters)])
        return dist_reduce_sum(counts).cpu()


def _spans(tags: Sequence[str]) -> "set[tuple[str, tuple[int, int]]]":
    return set(bioul_tags_to_spans(list(tags)))


def _scores(name: str, true_positives: int, positives: int, gold_spans: int) -> Dict[str, float]:
    return {
        f"precision-{name}": true_positives / positives if positives else 0.0,
        f"recall-{name}": true_positives / gold_spans if gold_spans else 0.0,
        f"f1-measure-{name}": 2 * true_positives / (positives + gold_spans) if positives + gold_spans else 0.0,
    }
