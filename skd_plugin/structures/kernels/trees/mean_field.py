"""Mean field over head selections: q_{t+1}(h|i) ∝ exp(arcs[i, h] + F_t(h→i)), F_t the expected score of its parts."""

from __future__ import annotations

from typing import Any, Callable

import numpy as np
import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from skd_plugin.structures.kernels.trees import mean_field_numba, mean_field_torch

# Of siblings and of grandparents.
_KERNELS = mean_field_numba.sibling_gradient, mean_field_numba.grandparent_gradient


def mean_field(arcs: Tensor, siblings: Tensor, grandparents: Tensor, lengths: Tensor, iterations: int) -> Tensor:
    """
    Approximate inference where each word chooses a head, and second-order parts join two choices (Wang and Tu 2020):
    from q_0 = softmax(arcs), `iterations` times

        F_t(h→i) = Σ_k siblings[i, h, k] q_t(h|k) + Σ_g grandparents[i, h, g] q_t(g|h)
                   + Σ_k grandparents[k, i, h] q_t(i|k)
        logits_{t+1} = arcs + F_t,  q_{t+1} = softmax(logits_{t+1})

    Words are rows from 0 and columns from 1; column 0 is ROOT. Neither a head that is the word itself or padding is
    legal, nor a part that holds a word twice, nor a head of ROOT: what is illegal is ignored.

    # Parameters

    arcs : shape (batch, n, n + 1), [dependent, head]
    siblings : shape (batch, n, n + 1, n), [dependent i, head, other dependent k], as the part counts for i
    grandparents : shape (batch, n, n + 1, n + 1), [dependent, head, head of the head]
    lengths : shape (batch,)

    # Returns

    The last logits, shape (batch, n, n + 1), 0 on what is illegal; differentiable once in the three potentials.
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
        found = mean_field_numba.adjoints(_array(outer), siblings, grandparents, beliefs, lengths)
        second_order = (
            _gradient(kernel, found, beliefs, lengths, potential) if wanted else None
            for kernel, potential, wanted in zip(_KERNELS, (siblings, grandparents), ctx.needs_input_grad[1:3])
        )
        return (torch.from_numpy(found.sum(1)), *second_order, None, None)


def _gradient(
    kernel: Callable[..., None], found: np.ndarray, beliefs: np.ndarray, lengths: np.ndarray, like: np.ndarray
) -> Tensor:
    # np.zeros, unlike torch.zeros and np.zeros_like, leaves the memory of padding untouched.
    gradient = np.zeros(like.shape, like.dtype)
    kernel(found, beliefs, lengths, gradient)
    return torch.from_numpy(gradient)


def _array(tensor: Tensor) -> np.ndarray:
    return tensor.detach().contiguous().numpy()
