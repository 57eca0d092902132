"""Parsing as sequence labelling: at each word, a softmax over the labels that denote its arc."""

from typing import Any, Dict, Optional, cast, final

import torch
from allennlp.common.checks import ConfigurationError
from allennlp.data import TextFieldTensors, Vocabulary
from allennlp.models.model import Model
from allennlp.nn import InitializerApplicator
from allennlp.training.metrics.boolean_accuracy import BooleanAccuracy
from torch import Tensor

from skd_plugin.compat.configuration import configuration_errors
from skd_plugin.models.gold import Fields, Metadata
from skd_plugin.models.labels import labels_of
from skd_plugin.models.parsing.parser import Parser
from skd_plugin.structures import ArcLabels, ArcTokens, Factorization, encodings

_NO_LABELS = "Give the reader an `encoding`, so that it counts the labels of the trees."


@final
@Model.register("skd_tagging_parser")
class TaggingParser(Parser):
    """
    Dependency parsing as sequence labelling (Strzyz et al. 2019): as small and fast as a tagger.

    Registered as a `Model` with name "skd_tagging_parser".

    # Parameters

    encoding : `str`, optional (default = `"relative_offset"`)
        How labels denote arcs: `relative_offset`, or `relative_pos`, which needs the words' UPOS tags. It has to be the
        reader's encoding.
    arc_label_namespace : `str`, optional (default = `"arc_labels"`)
        The vocabulary's namespace of the arc labels. It has to be the reader's.

    See `Parser` and `StructuredModel` for the others. The metrics include `arcs_with_label`, the share of gold arcs
    that have a label.
    """

    def __init__(
        self,
        vocab: Vocabulary,
        encoding: str = "relative_offset",
        arc_label_namespace: str = "arc_labels",
        initializer: InitializerApplicator = InitializerApplicator(),
        **kwargs: Any,
    ) -> None:
        super().__init__(vocab, **kwargs)
        self._encoding = _encoding(encoding)
        self.arc_labels = labels_of(vocab, arc_label_namespace, _NO_LABELS)
        self.scores = torch.nn.Linear(self.encoded_dim, len(self.arc_labels))
        self._relation_of = torch.tensor([self._relation_id(label) for label in self.arc_labels])
        self._coverage = BooleanAccuracy()
        initializer(self)

    def untempered(self, tokens: TextFieldTensors, metadata: Metadata = None) -> ArcLabels:
        words, mask = self.encode(tokens)
        heads = self._heads(mask, metadata)
        return ArcLabels(self.scores(words), heads, self._relation_of.to(mask.device), mask, self.labels)

    def decode(self, factorization: Factorization, fields: Fields, metadata: Metadata) -> Dict[str, Any]:
        """The output of a parser. It also counts the gold arcs that have a label: no others can be learned."""
        gold = self.gold(factorization, fields)
        if gold is not None:
            words = factorization.mask & gold.known.unsqueeze(1)
            has_label = (cast(ArcTokens, gold.parts).tokens.sum(-1) > 0)[words].unsqueeze(1)
            self._coverage(has_label, torch.ones_like(has_label))
        return super().decode(factorization, fields, metadata)

    def get_metrics(self, reset: bool = False) -> Dict[str, float]:
        coverage = {"arcs_with_label": self._coverage.get_metric(reset)} if self._coverage._total_count else {}
        return {**super().get_metrics(reset), **coverage}

    def _heads(self, mask: Tensor, metadata: Metadata) -> Tensor:
        tags: Optional[encodings.Tags] = None
        if self._encoding.needs_tags and metadata is not None:
            tags = [sentence.get("upos") for sentence in metadata]  # type: ignore[misc]
        with configuration_errors(ValueError):
            return self._encoding.heads(self.arc_labels, mask.sum(1), tags)

    def _relation_id(self, label: str) -> int:
        with configuration_errors(ValueError):
            name = encodings.relation(label)
        if name not in self.labels:
            raise ConfigurationError(
                f"The arc label {label!r} has the relation {name!r}, which is not among the relations of the "
                f"vocabulary: {', '.join(self.labels)}. Add it to them, or leave the label out."
            )
        return self.labels.index(name)


def _encoding(name: str) -> encodings.Encoding:
    with configuration_errors(ValueError):
        return encodings.encoding(name)
