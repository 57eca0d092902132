"""Which distribution over spans a model's scores define, chosen by name in the configuration."""

from typing import ClassVar, Tuple, Type, final

from allennlp.common import Registrable
from torch import Tensor

from skd_plugin.structures import FlatSpans, IndependentSpans
from skd_plugin.structures.span_factored import SpanFactored


class SpanDistribution(Registrable):
    """From scores (batch, n, width, type), log-odds against "no entity", to a factorization."""

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
    """Each span by itself. Registered as a `SpanDistribution` with name "independent_spans"."""

    kind = IndependentSpans
