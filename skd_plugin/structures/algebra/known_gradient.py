"""Values with a gradient in closed form: ∂ log Z / ∂ Score(u) = P(u|x), so inference needs no autograd graph."""

from __future__ import annotations

from typing import Any, Sequence

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable


def with_known_gradient(value: Tensor, potentials: Sequence[Tensor], gradients: Sequence[Tensor]) -> Tensor:
    """
    Makes `value` differentiable (once) in `potentials`.

    # Parameters

    value : shape (batch,)
    potentials : each (batch, …), or without the batch axis if all sentences share it
    gradients : ∂ value[b] / ∂ potentials, each with the batch axis: (batch, …)
    """
    differentiable: Tensor = _KnownGradient.apply(value, gradients, *potentials)
    return differentiable


class _KnownGradient(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, value: Tensor, gradients: Sequence[Tensor], *potentials: Tensor) -> Tensor:
        ctx.shared = [p.dim() < g.dim() for p, g in zip(potentials, gradients)]
        ctx.save_for_backward(*gradients)
        return value.clone()

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, outer: Tensor) -> tuple[Tensor | None, ...]:
        gradients = ctx.saved_tensors
        wanted = ctx.needs_input_grad[2:]
        chained = [
            _chain(outer, gradient, shared) if want else None
            for gradient, shared, want in zip(gradients, ctx.shared, wanted)
        ]
        return (None, None, *chained)


def _chain(outer: Tensor, gradient: Tensor, shared: bool) -> Tensor:
    outer = outer.to(gradient.dtype)
    if shared:
        return (outer @ gradient.flatten(1)).view(gradient.shape[1:])
    return outer.view(-1, *[1] * (gradient.dim() - 1)) * gradient
