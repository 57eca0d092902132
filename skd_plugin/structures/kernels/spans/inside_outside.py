"""Semi-Markov inference: log Z and P(i, j, t) = exp(α_i + s(i, j, t) + β_{j+1} − log Z), α and β at word boundaries."""

from __future__ import annotations

import torch
from torch import Tensor

from skd_plugin.structures.kernels.spans import inside_outside_numba, inside_outside_torch


def inside_outside(scores: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor]:
    """
    # Parameters

    scores : shape (batch, n, width, type), detached
    lengths : shape (batch,)

    # Returns

    log Z, float64, shape (batch,); and the marginals, like `scores`.

    It is compiled on the CPU. Elsewhere, and for sentences that the compiled kernel finds unsafe, it is batched torch.
    """
    if scores.device.type != "cpu":
        return inside_outside_torch.inside_outside(scores, lengths)
    marginals = scores.contiguous().exp()
    # The kernel overwrites its first argument with the marginals.
    log_z, safe = map(torch.from_numpy, inside_outside_numba.inside_outside(marginals.numpy(), lengths.numpy()))
    if not safe.all():
        log_z[~safe], marginals[~safe] = inside_outside_torch.inside_outside(scores[~safe], lengths[~safe])
    return log_z, marginals
