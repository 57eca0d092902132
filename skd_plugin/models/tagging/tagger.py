"""What all taggers share: a linear layer that scores the labels of each word, and gold."""

from abc import ABC
from typing import Any, Dict, Optional, Tuple

from allennlp.data import TextFieldTensors, Vocabulary
from torch import Tensor
from torch.nn import Linear

from skd_plugin.models.gold import Fields, Gold, Metadata, has_known_gold
from skd_plugin.models.labels import labels_of
from skd_plugin.models.tagging.entity_decoding import EntityDecoding, MostProbable
from skd_plugin.models.tagging.output import TagOutput
from skd_plugin.structures import Factorization


class Tagger(TagOutput, ABC):
    """
    The base class of all taggers.

    If the labels are BIOUL tags, they are decoded to well-formed sequences, and the metrics include span F1.

    # Parameters

    label_namespace : `str`, optional (default = `"labels"`)
        The vocabulary's namespace of the labels. It has to be the reader's.
    decoding : `EntityDecoding`, optional (default = `"most_probable"`)
        Which entities are returned. Labels of other kinds have only the default.

    See `StructuredModel` for the others.
    """

    def __init__(
        self,
        vocab: Vocabulary,
        label_namespace: str = "labels",
        decoding: EntityDecoding = MostProbable(),
        **kwargs: Any,
    ) -> None:
        super().__init__(vocab, **kwargs)
        self.labels = labels_of(vocab, label_namespace)
        decoding.check(self.labels)
        self.decoding = decoding
        self.emissions = Linear(self.encoded_dim, len(self.labels))

    @property
    def tags(self) -> Tuple[str, ...]:
        return self.labels

    def emit(self, tokens: TextFieldTensors) -> Tuple[Tensor, Tensor]:
        """The scores of the labels at each word, shape (batch, n, label), and the mask (batch, n)."""
        words, mask = self.encode(tokens)
        return self.emissions(words), mask

    def gold(self, factorization: Factorization, fields: Fields, metadata: Metadata = None) -> Optional[Gold]:
        """From `tags`, shape (batch, n). Sentences with a tag that the vocabulary lacks have no gold."""
        if "tags" not in fields:
            return None
        sentences = has_known_gold(fields["tags"])
        tags = fields["tags"].masked_fill(~sentences.unsqueeze(1), self._no_entity)
        return Gold(factorization.indicator(tags) * sentences.float(), sentences)

    @property
    def _no_entity(self) -> int:
        """A label that may stand at every word of a sentence."""
        return self.labels.index("O") if "O" in self.labels else 0

    def decode_by(
        self, decoding: EntityDecoding, factorization: Factorization, fields: Fields, metadata: Metadata
    ) -> Dict[str, Any]:
        tags = decoding.tags(factorization, self.labels)
        if "tags" in fields:
            self.score(tags, fields["tags"], factorization.mask, metadata)
        return {"tags": tags}
