"""The program that SynJax builds (a checkpointed scan of logsumexp over dense potentials), restated in plain JAX.

SynJax is not on the package registries, so this is what anybody can install and compare with.
"""

import jax
import jax.numpy as jnp

from benchmarks.peers.jax_chain import JaxChain


class JaxScan(JaxChain):
    """A scan for each sentence, vectorised over the batch; the best structure is a gradient too."""

    name = "jax scan"
    version = jax.__version__
    is_torch = False

    def __init__(self) -> None:
        super().__init__(_batched(jax.nn.logsumexp), jax.grad(lambda x, lengths: _batched(_max)(x, lengths).sum()))


def _batched(plus):
    return jax.vmap(lambda potentials, lengths: _fold(potentials, lengths, plus))


def _fold(potentials, length, plus):
    @jax.checkpoint
    def step(alpha, matrix):
        alpha = plus(alpha[:, None] + matrix, axis=0)
        return alpha, alpha

    _, alphas = jax.lax.scan(step, jnp.zeros(potentials.shape[-1]), potentials)
    return plus(alphas[length - 1], axis=0)


def _max(scores, axis):
    return jnp.max(scores, axis=axis)
