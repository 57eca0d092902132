"""Output with one tag per word, for taggers and models of spans: metrics, tags as strings, and the entities in them."""

from abc import ABC, abstractmethod
from functools import cached_property
from typing import Any, Dict, List, Sequence, Tuple

from allennlp.data.dataset_readers.dataset_utils import bioul_tags_to_spans
from torch import Tensor

from skd_plugin.models.gold import has_gold
from skd_plugin.models.structured_model import StructuredModel
from skd_plugin.models.tagging.metrics import TaggingMetrics
from skd_plugin.structures import bioul


class TagOutput(StructuredModel, ABC):
    """
    A model whose predictions are `tags`, whatever its structures are.

    See `StructuredModel` for the parameters.
    """

    default_predictor = "skd_tagger"

    @property
    @abstractmethod
    def tags(self) -> Tuple[str, ...]:
        """The tags of the output by name, in the order of their ids."""

    @cached_property
    def _metrics(self) -> TaggingMetrics:
        return TaggingMetrics(self.tags)

    def score(self, predicted: Tensor, gold: Tensor, mask: Tensor) -> None:
        """Adds to the metrics; all are (batch, n), ids of `tags`, −1 in sentences without gold, which do not count."""
        self._metrics(predicted, gold, mask & has_gold(gold).unsqueeze(1))

    def get_metrics(self, reset: bool = False) -> Dict[str, float]:
        return {**self._metrics.get(reset), **super().get_metrics(reset)}

    def make_output_human_readable(self, output_dict: Dict[str, Any]) -> Dict[str, Any]:
        """Words, tags as strings, and for BIOUL tags the entities; without padding."""
        output = {key: value for key, value in output_dict.items() if key == "words"}
        if "tags" in output_dict:
            output["tags"] = self._names(output_dict["tags"], output_dict["mask"])
            if "words" in output and bioul.is_bioul(self.tags):
                output["entities"] = [entities_of_tags(*pair) for pair in zip(output["tags"], output["words"])]
        return output

    def _names(self, ids: Tensor, mask: Tensor) -> List[List[str]]:
        rows = zip(ids.tolist(), mask.sum(1).tolist())
        return [[self.tags[tag] for tag in row[:length]] for row, length in rows]


def entities_of_tags(tags: Sequence[str], words: Sequence[str]) -> List[Dict[str, Any]]:
    """In order of their words; `start` and `end` count words from 0, `end` is the word after the entity."""
    spans = sorted((first, last + 1, kind) for kind, (first, last) in bioul_tags_to_spans(list(tags)))
    return [
        {"type": kind, "start": start, "end": end, "text": " ".join(words[start:end])} for start, end, kind in spans
    ]
