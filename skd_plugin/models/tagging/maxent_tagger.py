"""The softmax tagger, whose labels are independent given the sentence."""

from typing import Any, final

from allennlp.data import TextFieldTensors, Vocabulary
from allennlp.models.model import Model
from allennlp.nn import InitializerApplicator

from skd_plugin.models.gold import Metadata
from skd_plugin.models.tagging.tagger import Tagger
from skd_plugin.structures import MaxEnt


@final
@Model.register("skd_maxent_tagger")
class MaxEntTagger(Tagger):
    """
    P(y|x) = Π_i softmax(s_i)[y_i].

    Registered as a `Model` with name "skd_maxent_tagger". See `Tagger` and `StructuredModel` for the parameters.
    """

    def __init__(
        self, vocab: Vocabulary, initializer: InitializerApplicator = InitializerApplicator(), **kwargs: Any
    ) -> None:
        super().__init__(vocab, **kwargs)
        initializer(self)

    def untempered(self, tokens: TextFieldTensors, metadata: Metadata = None) -> MaxEnt:
        scores, mask = self.emit(tokens)
        return MaxEnt(scores, mask, self.labels)
