"""A tagger: one label a word, scored by a linear layer over the encoded words."""

from abc import ABC
from typing import Any, Dict, List, Tuple

from allennlp.common.checks import ConfigurationError
from allennlp.data import TextFieldTensors, Vocabulary
from torch import Tensor
from torch.nn import Linear

from skd_plugin.models.entities import entities
from skd_plugin.models.objective import Gold
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
        self.labels = _labels(vocab, label_namespace)
        self.emissions = Linear(self.encoded_dim, len(self.labels))
        self._metrics = TaggingMetrics(self.labels)

    def emit(self, tokens: TextFieldTensors) -> Tuple[Tensor, Tensor]:
        """The score of each label at each word, shape (batch, n, label), and the mask."""
        words, mask = self.encode(tokens)
        return self.emissions(words), mask

    def gold(self, factorization: Factorization, tags: Tensor) -> Gold:
        known = _known(tags)
        return Gold(factorization.indicator(tags.clamp(min=0)) * known.float(), known)

    def score(self, predicted: Tensor, tags: Tensor, mask: Tensor) -> None:
        self._metrics(predicted, tags, mask & _known(tags).unsqueeze(1))

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


def _known(tags: Tensor) -> Tensor:
    """Whether a sentence has gold: no word of it is tagged −1."""
    return (tags >= 0).all(1)


def _labels(vocab: Vocabulary, namespace: str) -> Tuple[str, ...]:
    """The labels in the order of their ids."""
    known = sorted(vocab.get_namespaces())
    if namespace not in known:
        raise ConfigurationError(
            f"There are no labels in the vocabulary namespace {namespace!r}; the vocabulary has: {', '.join(known)}. "
            "Train on labelled data, and give the reader and the model the same label_namespace."
        )
    if vocab.is_padded(namespace):
        raise ConfigurationError(
            f"The label namespace {namespace!r} has entries for padding and unknown labels, which are no labels. "
            "Give the reader and the model a label_namespace that ends in 'labels' or 'tags'."
        )
    names = vocab.get_index_to_token_vocabulary(namespace)
    return tuple(names[index] for index in range(len(names)))
