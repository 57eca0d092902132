"""The four workloads in JAX under jit, over dense potentials indexed [word, previous, label]."""

from typing import Any, Callable

import jax
import jax.numpy as jnp
import numpy as np

from benchmarks.problems import Problem
from benchmarks.workload import Step

LogPartition = Callable[[Any, Any], Any]  # (potentials (batch, n, L, L), lengths (batch,)) -> (batch,)
Best = Callable[[Any, Any], Any]  # the same to the best structure's indicator, (batch, n, L, L)


class JaxChain:
    """A log partition function and a decoder make a peer: everything else is a gradient."""

    def __init__(self, log_partition: LogPartition, best: Best) -> None:
        self._log_partition = log_partition
        self._best = best

    def distillation(self, problem: Problem) -> Step:
        def loss(student, teacher, lengths):
            expected = self._marginals(_dense(teacher, lengths), lengths)
            return self._cross_entropy(expected, _dense(student, lengths), lengths)

        compiled = jax.jit(jax.value_and_grad(loss))
        student, teacher, lengths = _arrays((problem.student, problem.teacher, problem.lengths))
        return lambda: _flat(compiled(student, teacher, lengths))

    def likelihood(self, problem: Problem) -> Step:
        def loss(student, gold, lengths):
            return self._cross_entropy(gold, _dense(student, lengths), lengths)

        compiled = jax.jit(jax.value_and_grad(loss))
        student, lengths = _arrays((problem.student, problem.lengths))
        gold = _indicator(problem)
        return lambda: _flat(compiled(student, gold, lengths))

    def token_marginals(self, problem: Problem) -> Step:
        compiled = jax.jit(lambda chain, lengths: self._marginals(_dense(chain, lengths), lengths).sum(2))
        teacher, lengths = _arrays((problem.teacher, problem.lengths))
        return lambda: (compiled(teacher, lengths).block_until_ready(),)

    def decoding(self, problem: Problem) -> Step:
        compiled = jax.jit(lambda chain, lengths: self._best(_dense(chain, lengths), lengths).sum(2).argmax(2))
        student, lengths = _arrays((problem.student, problem.lengths))
        return lambda: compiled(student, lengths).block_until_ready()

    def _marginals(self, potentials, lengths):
        return jax.grad(lambda given: self._log_partition(given, lengths).sum())(potentials)

    def _cross_entropy(self, expected, potentials, lengths):
        return (self._log_partition(potentials, lengths).sum() - (expected * potentials).sum()) / len(lengths)


def _arrays(tree):
    return jax.tree_util.tree_map(lambda tensor: jnp.asarray(tensor.numpy()), tree)


def _flat(value_and_gradient):
    """The loss and the four gradients, once they are there: JAX returns before it has finished."""
    loss, gradient = jax.block_until_ready(value_and_gradient)
    return loss, *gradient


def _dense(chain, lengths):
    """Bigram potentials: the first word's in row 0, because it has no previous label, the end scores on the last."""
    potentials = chain.emissions[:, :, None, :] + chain.transitions
    first = jnp.full_like(potentials[:, 0], -1e5).at[:, 0].set(chain.start + chain.emissions[:, 0])
    potentials = potentials.at[:, 0].set(first)
    is_last = jnp.arange(potentials.shape[1]) == (lengths - 1)[:, None]
    return potentials + is_last[:, :, None, None] * chain.end


def _indicator(problem: Problem):
    n, labels = problem.size
    gold, mask = problem.gold.numpy(), problem.mask.numpy()
    previous = np.concatenate((np.zeros_like(gold[:, :1]), gold[:, :-1]), 1)
    one_hot = np.eye(labels, dtype=np.float32)
    return jnp.asarray(one_hot[previous][..., None] * one_hot[gold][..., None, :] * mask[..., None, None])
