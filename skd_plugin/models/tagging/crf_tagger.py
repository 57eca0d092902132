"""The CRF tagger, and the distributions over all sequences or over well-formed tags that its scores may define."""

from typing import Any, ClassVar, Tuple, Type, Union, final

import torch
from allennlp.common import Registrable
from allennlp.common.checks import ConfigurationError
from allennlp.data import TextFieldTensors, Vocabulary
from allennlp.models.model import Model
from allennlp.nn import InitializerApplicator
from torch import Tensor
from torch.nn import Parameter

from skd_plugin.models.gold import Metadata
from skd_plugin.models.tagging.tagger import Tagger
from skd_plugin.structures import ConstrainedChain, LinearChain, bioul


class ChainDistribution(Registrable):
    """The distribution that emissions (batch, n, label), transitions (label, label), start and end (label,) define."""

    default_implementation = "linear_chain"
    kind: ClassVar[Union[Type[LinearChain], Type[ConstrainedChain]]]

    def check(self, labels: Tuple[str, ...]) -> None:
        """Raises `ConfigurationError` if there is no such distribution over sequences of these labels."""

    def __call__(
        self, emissions: Tensor, transitions: Tensor, start: Tensor, end: Tensor, mask: Tensor, labels: Tuple[str, ...]
    ) -> Union[LinearChain, ConstrainedChain]:
        return self.kind(emissions, transitions, start, end, mask, labels)


@final
@ChainDistribution.register("linear_chain")
class AllTagSequences(ChainDistribution):
    """All sequences of labels. Registered as a `ChainDistribution` with name "linear_chain"."""

    kind = LinearChain


@final
@ChainDistribution.register("constrained_chain")
class WellFormedTags(ChainDistribution):
    """Only sequences of well-formed BIOUL tags. Registered as a `ChainDistribution` with name "constrained_chain"."""

    kind = ConstrainedChain

    def check(self, labels: Tuple[str, ...]) -> None:
        if not bioul.is_bioul(labels) or "O" not in labels:
            raise ConfigurationError(
                f"The labels are {', '.join(labels)}, expected BIOUL tags with an O among them, because others "
                "cannot be well-formed. Leave out `factorization`, or use a reader of entities."
            )


@final
@Model.register("skd_crf_tagger")
class CrfTagger(Tagger):
    """
    P(y|x) ∝ exp(start[y_1] + Σ_i s_i[y_i] + Σ_{i≥2} transitions[y_{i−1}, y_i] + end[y_n]).

    Registered as a `Model` with name "skd_crf_tagger".

    # Parameters

    factorization : `ChainDistribution`, optional (default = `"linear_chain"`)
        What the scores define a distribution over: `linear_chain`, all sequences of labels, or `constrained_chain`,
        only those of well-formed BIOUL tags. Both decode to well-formed tags.

    See `Tagger` and `StructuredModel` for the others.
    """

    def __init__(
        self,
        vocab: Vocabulary,
        factorization: ChainDistribution = AllTagSequences(),
        initializer: InitializerApplicator = InitializerApplicator(),
        **kwargs: Any,
    ) -> None:
        super().__init__(vocab, **kwargs)
        factorization.check(self.labels)
        self._distribution = factorization
        size = len(self.labels)
        self.transitions = Parameter(0.1 * torch.randn(size, size))
        self.start = Parameter(0.1 * torch.randn(size))
        self.end = Parameter(0.1 * torch.randn(size))
        initializer(self)

    def untempered(self, tokens: TextFieldTensors, metadata: Metadata = None) -> Union[LinearChain, ConstrainedChain]:
        emissions, mask = self.emit(tokens)
        return self._distribution(emissions, self.transitions, self.start, self.end, mask, self.labels)
