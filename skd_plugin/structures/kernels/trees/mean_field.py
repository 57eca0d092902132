"""Mean field over head selections: q_{t+1}(h|i) ∝ exp(arcs[i, h] + F_t(h→i)), F_t the expected second-order score."""

from __future__ import annotations

from typing import Any, Callable

import numpy as np
import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from skd_plugin.structures.kernels.trees import mean_field_numba, mean_field_torch

_GRADIENT_KERNELS = mean_field_numba.sibling_gradient, mean_field_numba.grandparent_gradient


def mean_field(arcs: Tensor, siblings: Tensor, grandparents: Tensor, lengths: Tensor, iterations: int) -> Tensor:
    """
    Approximate inference when each word chooses a head and second-order parts connect two choices (Wang and Tu 2020).
    Starting from q_0 = softmax(arcs), the following is repeated `iterations` times:

        F_t(h→i) = Σ_k siblings[i, h, k] q_t(h|k) + Σ_g grandparents[i, h, g] q_t(g|h)
                   + Σ_k grandparents[k, i, h] q_t(i|k)
        logits_{t+1} = arcs + F_t,  q_{t+1} = softmax(logits_{t+1})

    Words are counted from 0 in rows and from 1 in columns; column 0 is ROOT. A word cannot be its own head, padding has
    no parts, a part cannot contain a word twice, and ROOT has no head. Potentials of such illegal parts are ignored.

    # Parameters

    arcs : shape (batch, n, n + 1), [dependent, head]
    siblings : shape (batch, n, n + 1, n), [dependent i, head, other dependent k], the score that i uses
    grandparents : shape (batch, n, n + 1, n + 1), [dependent, head, head of the head]
    lengths : shape (batch,)

    # Returns

    The last logits, shape (batch, n, n + 1), 0 where an arc is illegal; differentiable once in the three potentials.
    """
    if arcs.device.type != "cpu":
        return mean_field_torch.mean_field(arcs, siblings, grandparents, lengths, iterations)
    logits: Tensor = _MeanField.apply(arcs, siblings, grandparents, lengths, iterations)
    return logits


class _MeanField(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any, arcs: Tensor, siblings: Tensor, grandparents: Tensor, lengths: Tensor, iterations: int
    ) -> Tensor:
        siblings, grandparents, lengths = siblings.contiguous(), grandparents.contiguous(), lengths.cpu().long()
        arrays = _array(arcs), _array(siblings), _array(grandparents), _array(lengths)
        logits, beliefs = map(torch.from_numpy, mean_field_numba.forward(*arrays, iterations))
        ctx.save_for_backward(siblings, grandparents, beliefs, lengths)
        return logits

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, outer: Tensor) -> tuple[Tensor | None, ...]:
        siblings, grandparents, beliefs, lengths = map(_array, ctx.saved_tensors)
        adjoints = mean_field_numba.adjoints(_array(outer), siblings, grandparents, beliefs, lengths)
        potentials, wanted = (siblings, grandparents), ctx.needs_input_grad[1:3]
        second_order = (
            _gradient(kernel, adjoints, beliefs, lengths, potential) if want else None
            for kernel, potential, want in zip(_GRADIENT_KERNELS, potentials, wanted)
        )
        return (torch.from_numpy(adjoints.sum(1)), *second_order, None, None)


def _gradient(
    kernel: Callable[..., None], adjoints: np.ndarray, beliefs: np.ndarray, lengths: np.ndarray, potential: np.ndarray
) -> Tensor:
    # np.zeros, unlike torch.zeros and np.zeros_like, does not touch the memory of padding.
    gradient = np.zeros(potential.shape, potential.dtype)
    kernel(adjoints, beliefs, lengths, gradient)
    return torch.from_numpy(gradient)


def _array(tensor: Tensor) -> np.ndarray:
    return tensor.detach().contiguous().numpy()
