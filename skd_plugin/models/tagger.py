"""A tagger: one label a word, scored by a linear layer over the encoded words."""

from abc import ABC
from typing import Any, Dict, List, Optional, Tuple

from allennlp.data import TextFieldTensors, Vocabulary
from torch import Tensor
from torch.nn import Linear

from skd_plugin.models.entities import entities
from skd_plugin.models.label_vocabulary import labels_of
from skd_plugin.models.objective import Fields, Gold, Metadata, known_sentences
from skd_plugin.models.structured_model import StructuredModel
from skd_plugin.models.tagging_metrics import TaggingMetrics
from skd_plugin.structures import Factorization
from skd_plugin.structures.bioul import is_bioul


class Tagger(StructuredModel, ABC):
    """
    The shared part of all taggers: labels, emissions, gold, metrics, and readable output.

    Labels that are BIOUL tags are decoded to well-formed sequences and scored by span F1; any others by accuracy alone.

    # Parameters

    label_namespace : `str`, optional (default = `"labels"`)
        The vocabulary namespace of the labels, the same as the reader's.

    See `StructuredModel` for the others.
    """

    default_predictor = "skd_tagger"

    def __init__(self, vocab: Vocabulary, label_namespace: str = "labels", **kwargs: Any) -> None:
        super().__init__(vocab, **kwargs)
        self.labels = labels_of(vocab, label_namespace)
        self.emissions = Linear(self.encoded_dim, len(self.labels))
        self._metrics = TaggingMetrics(self.labels)

    def emit(self, tokens: TextFieldTensors) -> Tuple[Tensor, Tensor]:
        """The score of each label at each word, shape (batch, n, label), and the mask."""
        words, mask = self.encode(tokens)
        return self.emissions(words), mask

    def gold(self, factorization: Factorization, fields: Fields) -> Optional[Gold]:
        """From `tags`, shape (batch, n)."""
        if "tags" not in fields:
            return None
        known = known_sentences(fields["tags"])
        return Gold(factorization.indicator(fields["tags"].clamp(min=0)) * known.float(), known)

    def decode(self, factorization: Factorization, fields: Fields, metadata: Metadata) -> Dict[str, Any]:
        """`tags`, the ids of the best sequence."""
        tags = factorization.argmax
        if "tags" in fields:
            gold = fields["tags"]
            self._metrics(tags, gold, factorization.mask & known_sentences(gold).unsqueeze(1))
        return {"tags": tags}

    def get_metrics(self, reset: bool = False) -> Dict[str, float]:
        return {**self._metrics.get(reset), **super().get_metrics(reset)}

    def make_output_human_readable(self, output_dict: Dict[str, Any]) -> Dict[str, Any]:
        """Words, tags as strings, and for BIOUL labels the entities; without padding."""
        readable = {key: value for key, value in output_dict.items() if key == "words"}
        if "tags" in output_dict:
            readable["tags"] = self._names(output_dict["tags"], output_dict["mask"])
            if "words" in readable and is_bioul(self.labels):
                readable["entities"] = [entities(*pair) for pair in zip(readable["tags"], readable["words"])]
        return readable

    def _names(self, ids: Tensor, mask: Tensor) -> List[List[str]]:
        rows = zip(ids.tolist(), mask.sum(1).tolist())
        return [[self.labels[label] for label in row[:length]] for row, length in rows]
