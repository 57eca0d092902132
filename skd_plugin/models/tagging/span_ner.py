"""NER as parsing, and the distributions over sets of spans that its scores may define."""

from typing import Any, ClassVar, Dict, Optional, Tuple, Type, final

import torch
from allennlp.common import Registrable
from allennlp.common.checks import ConfigurationError
from allennlp.data import TextFieldTensors, Vocabulary
from allennlp.models.model import Model
from allennlp.nn import InitializerApplicator
from torch import Tensor

from skd_plugin.models.gold import Fields, Gold, Metadata, has_known_gold
from skd_plugin.models.labels import labels_of
from skd_plugin.models.tagging.entity_decoding import EntityDecoding, MostProbable
from skd_plugin.models.tagging.gold_spans import check_width, gold_spans
from skd_plugin.models.tagging.output import TagOutput
from skd_plugin.modules import SpanBiaffine
from skd_plugin.structures import (
    Factorization,
    FlatSpans,
    IndependentSpans,
    Segments,
    SpanFactored,
    bioul,
)


class SpanDistribution(Registrable):
    """The distribution that scores (batch, n, width, type) define, which are log-odds against "no entity"."""

    default_implementation = "flat_spans"
    kind: ClassVar[Type[SpanFactored]]

    def __call__(self, scores: Tensor, mask: Tensor, labels: Tuple[str, ...]) -> SpanFactored:
        return self.kind(scores, mask, labels)


@final
@SpanDistribution.register("flat_spans")
class FlatSpanSets(SpanDistribution):
    """Sets of spans that share no word. Registered as a `SpanDistribution` with name "flat_spans"."""

    kind = FlatSpans


@final
@SpanDistribution.register("independent_spans")
class IndependentSpanSets(SpanDistribution):
    """All sets of spans, each independent. Registered as a `SpanDistribution` with name "independent_spans"."""

    kind = IndependentSpans


@final
@Model.register("skd_span_ner")
class SpanNer(TagOutput):
    """
    "NER as parsing" (Yu et al. 2020): biaffine scores of spans, as log-odds against "no entity".

    Gold is BIOUL tags, as for taggers, and so is the output: the tags of spans that share no word.

    Registered as a `Model` with name "skd_span_ner".

    # Parameters

    factorization : `SpanDistribution`, optional (default = `"flat_spans"`)
        What the scores define a distribution over: `flat_spans`, sets of spans that share no word, or
        `independent_spans`, each span independently, which is the loss of the paper. Both have the same best spans.
    label_namespace : `str`, optional (default = `"labels"`)
        The vocabulary's namespace of the tags. It has to be the reader's.
    decoding : `EntityDecoding`, optional (default = `"most_probable"`)
        Which entities are returned.
    span_dim : `int`, optional (default = `150`)
        The number of features of a word as the first or as the last one of a span.
    max_width : `int`, optional (default = `None`)
        The largest number of words of an entity. There is no limit if None. Wider gold entities raise
        `ConfigurationError` in training. In evaluation they count as missed, and their sentences add nothing to the
        loss, which would be infinite.

    See `StructuredModel` for the others. `dropout` is used in the scorer too.
    """

    scored_words: ClassVar[int] = 2

    def __init__(
        self,
        vocab: Vocabulary,
        factorization: SpanDistribution = FlatSpanSets(),
        label_namespace: str = "labels",
        decoding: EntityDecoding = MostProbable(),
        span_dim: int = 150,
        max_width: Optional[int] = None,
        initializer: InitializerApplicator = InitializerApplicator(),
        **kwargs: Any,
    ) -> None:
        super().__init__(vocab, **kwargs)
        self._distribution = factorization
        self.decoding = decoding
        self._gold_labels = _bioul_labels(vocab, label_namespace)
        self.labels = bioul.types(self._gold_labels)
        self._tag_of = torch.tensor([self.tags.index(label) for label in self._gold_labels])
        self.spans = SpanBiaffine(self.encoded_dim, span_dim, len(self.labels), max_width, self.dropout.p)
        initializer(self)

    @property
    def tags(self) -> Tuple[str, ...]:
        """All BIOUL tags of the entity types, including those that the training data lacks."""
        return bioul.tags(self.labels)

    def untempered(self, tokens: TextFieldTensors, metadata: Metadata = None) -> SpanFactored:
        words, mask = self.encode(tokens)
        return self._distribution(self.spans(words), mask, self.labels)

    def gold(self, factorization: Factorization, fields: Fields, metadata: Metadata = None) -> Optional[Gold]:
        """
        From `tags`, shape (batch, n).

        Sentences have no gold if a span is too wide or the vocabulary lacks a tag.
        """
        if "tags" not in fields:
            return None
        assert isinstance(factorization, SpanFactored)
        sentences = has_known_gold(fields["tags"])
        words = factorization.mask & sentences.unsqueeze(1)
        spans = gold_spans(fields["tags"], words, self._gold_labels, self.labels, metadata)
        if self.training:
            check_width(spans, factorization.max_width, metadata)
        sentences = sentences & (spans.widths <= factorization.max_width).all(1)
        spans = Segments(*(part * sentences.unsqueeze(1) for part in spans))
        return Gold(factorization.indicator(spans), sentences)

    def decode_by(
        self, decoding: EntityDecoding, factorization: Factorization, fields: Fields, metadata: Metadata
    ) -> Dict[str, Any]:
        """The tags of the chosen spans, shape (batch, n): ids of the model's `tags`, not of the vocabulary's labels."""
        tags = decoding.tags(factorization, self.tags)
        if "tags" in fields:
            self.score(tags, self._output_ids(fields["tags"]), factorization.mask, metadata)
        return {"tags": tags}

    def _output_ids(self, gold: Tensor) -> Tensor:
        """The ids of gold labels in the model's `tags`; −1 and −2 stay."""
        return torch.where(gold < 0, gold, self._tag_of.to(gold.device)[gold.clamp(min=0)])


def _bioul_labels(vocab: Vocabulary, namespace: str) -> Tuple[str, ...]:
    labels = labels_of(vocab, namespace)
    if not bioul.is_bioul(labels):
        raise ConfigurationError(
            f"The labels in the vocabulary namespace {namespace!r} are {', '.join(labels)}, expected BIOUL tags, which "
            "name the types of entities. Use a reader of entities, or a tagger for other labels."
        )
    return labels
