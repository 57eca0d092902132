"""What all models with one tag per word as output share: metrics, tags as strings, and entities."""

from abc import ABC, abstractmethod
from functools import cached_property
from typing import Any, Dict, List, Sequence, Tuple

from allennlp.data.dataset_readers.dataset_utils import bioul_tags_to_spans
from torch import Tensor

from skd_plugin.models.gold import Fields, Metadata, has_gold, names_of_unknown
from skd_plugin.models.structured_model import StructuredModel
from skd_plugin.models.tagging.entity_decoding import EntityDecoding, MostProbable
from skd_plugin.models.tagging.metrics import TaggingMetrics
from skd_plugin.structures import Factorization, bioul


class TagOutput(StructuredModel, ABC):
    """
    The base class of all models that output `tags`, whatever their structures are.

    See `StructuredModel` for the parameters.
    """

    default_predictor = "skd_tagger"

    decoding: EntityDecoding
    """Which entities are returned, if the tags are those of entities."""

    @property
    @abstractmethod
    def tags(self) -> Tuple[str, ...]:
        """The names of the tags that the model outputs, in the order of their ids."""

    @property
    def tags_entities(self) -> bool:
        """Whether the tags are BIOUL tags of entities, and not labels of another kind."""
        return bioul.is_bioul(self.tags)

    @abstractmethod
    def decode_by(
        self, decoding: EntityDecoding, factorization: Factorization, fields: Fields, metadata: Metadata
    ) -> Dict[str, Any]:
        """`tags`, the ids of the tags that a decoding chooses, shape (batch, n). With gold, the metrics are updated."""

    def decode(self, factorization: Factorization, fields: Fields, metadata: Metadata) -> Dict[str, Any]:
        return self.decode_by(self.decoding, factorization, fields, metadata)

    def decode_best(self, factorization: Factorization, fields: Fields, metadata: Metadata) -> Dict[str, Any]:
        return self.decode_by(MostProbable(), factorization, fields, metadata)

    @cached_property
    def _metrics(self) -> TaggingMetrics:
        return TaggingMetrics(self.tags)

    def score(self, predicted: Tensor, gold: Tensor, mask: Tensor, metadata: Metadata = None) -> None:
        """
        Updates the metrics with ids of `tags`, shape (batch, n).

        Sentences with −1 as gold do not count. Where it is −2, `metadata` has the names of the sentence's `tags`.
        """
        names = names_of_unknown(gold, metadata, "tags")
        self._metrics(predicted, gold, mask & has_gold(gold).unsqueeze(1), names)

    def get_metrics(self, reset: bool = False) -> Dict[str, float]:
        return {**self._metrics.get(reset), **super().get_metrics(reset)}

    def make_output_human_readable(self, output_dict: Dict[str, Any]) -> Dict[str, Any]:
        """Words, tags as strings, and entities if the tags are BIOUL, without padding."""
        output = {key: value for key, value in output_dict.items() if key == "words"}
        if "tags" in output_dict:
            output["tags"] = self._names(output_dict["tags"], output_dict["mask"])
            if "words" in output and self.tags_entities:
                output["entities"] = [entities_of_tags(*pair) for pair in zip(output["tags"], output["words"])]
        return output

    def _names(self, ids: Tensor, mask: Tensor) -> List[List[str]]:
        rows = zip(ids.tolist(), mask.sum(1).tolist())
        return [[self.tags[tag] for tag in row[:length]] for row, length in rows]


def entities_of_tags(tags: Sequence[str], words: Sequence[str]) -> List[Dict[str, Any]]:
    """
    The entities of a sentence with BIOUL tags, in the order of their words: `type`, `start`, `end` and `text`.

    `start` and `end` count words from 0, and `end` is the word after the entity.
    """
    spans = sorted((first, last + 1, kind) for kind, (first, last) in bioul_tags_to_spans(list(tags)))
    return [
        {"type": kind, "start": start, "end": end, "text": " ".join(words[start:end])} for start, end, kind in spans
    ]
