"""Which distribution over tags a chain's scores define, chosen by name in the configuration."""

from typing import ClassVar, Tuple, Type, Union, final

from allennlp.common import Registrable
from allennlp.common.checks import ConfigurationError
from torch import Tensor

from skd_plugin.structures import ConstrainedChain, LinearChain
from skd_plugin.structures.bioul import is_bioul
from skd_plugin.structures.forward_backward import Potentials


class ChainDistribution(Registrable):
    """From the potentials of a chain to a factorization."""

    default_implementation = "linear_chain"
    kind: ClassVar[Union[Type[LinearChain], Type[ConstrainedChain]]]

    def check(self, labels: Tuple[str, ...]) -> None:
        """Raises `ConfigurationError` for labels that it cannot be a distribution over."""

    def __call__(
        self, potentials: Potentials, mask: Tensor, labels: Tuple[str, ...]
    ) -> Union[LinearChain, ConstrainedChain]:
        return self.kind(*potentials, mask, labels)


@final
@ChainDistribution.register("linear_chain")
class AllTagSequences(ChainDistribution):
    """All sequences of labels. Registered as a `ChainDistribution` with name "linear_chain"."""

    kind = LinearChain


@final
@ChainDistribution.register("constrained_chain")
class WellFormedTags(ChainDistribution):
    """Well-formed BIOUL tags alone. Registered as a `ChainDistribution` with name "constrained_chain"."""

    kind = ConstrainedChain

    def check(self, labels: Tuple[str, ...]) -> None:
        if not is_bioul(labels) or "O" not in labels:
            raise ConfigurationError(
                f"The labels are {', '.join(labels)}, expected BIOUL tags with an O among them: others cannot be "
                "well-formed. Leave out `factorization`, or use a reader of entities."
            )
