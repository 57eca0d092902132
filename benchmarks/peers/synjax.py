"""SynJax under jit (not on the package registries: `pip install git+` its repository)."""

import synjax
from synjax import LinearChainCRF

from benchmarks.peers.jax_chain import JaxChain


class SynJax(JaxChain):
    """`cross_entropy` of two distributions is the same formula; the gradients need the potentials anyway."""

    name = "synjax"
    version = synjax.__version__
    is_torch = False

    def __init__(self) -> None:
        super().__init__(_log_partition, _best)


def _log_partition(potentials, lengths):
    return LinearChainCRF(potentials, lengths=lengths).log_partition()


def _best(potentials, lengths):
    return LinearChainCRF(potentials, lengths=lengths).argmax()
