"""
Mean field over head selections in batched torch, for devices other than the CPU: q_{t+1} = softmax(arcs + F_t(q_t)),
with F_t as three tensor products and gradients by autograd.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import pad


def mean_field(arcs: Tensor, siblings: Tensor, grandparents: Tensor, lengths: Tensor, iterations: int) -> Tensor:
    """
    The last logits of mean field, shape (batch, n, n + 1), 0 where an arc is illegal.

    See `skd_plugin.structures.kernels.trees.mean_field` for the parameters.
    """
    words = torch.arange(arcs.shape[1], device=arcs.device)
    heads = torch.arange(arcs.shape[2], device=arcs.device)
    own = words.unsqueeze(1) + 1 == heads
    ends = lengths.to(arcs.device).view(-1, 1, 1)
    # Shape: (batch, n, n + 1)
    illegal = own | (heads > ends) | (words.unsqueeze(1) >= ends)
    siblings = siblings.masked_fill((words.unsqueeze(1) == words).unsqueeze(1), 0)
    grandparents = grandparents[:, :, 1:].masked_fill(own.unsqueeze(1), 0)
    logits = arcs.masked_fill(illegal, 0)
    for _ in range(iterations):
        beliefs = _softmax(logits, illegal)
        logits = (arcs + _messages(siblings, grandparents, beliefs)).masked_fill(illegal, 0)
    return logits


def _softmax(logits: Tensor, illegal: Tensor) -> Tensor:
    """The softmax over legal heads, 0 for illegal ones, also in rows of padding, which have no legal head."""
    smallest = torch.finfo(logits.dtype).min
    return logits.masked_fill(illegal, smallest).softmax(-1).masked_fill(illegal, 0)


def _messages(siblings: Tensor, grandparents: Tensor, beliefs: Tensor) -> Tensor:
    """F(h→i), given `grandparents` without the column of ROOT, which has no head."""
    from_siblings = torch.einsum("bihk,bkh->bih", siblings, beliefs)
    from_above = torch.einsum("bihg,bhg->bih", grandparents, beliefs)
    from_below = torch.einsum("bkih,bki->bih", grandparents, beliefs[:, :, 1:])
    return from_siblings + pad(from_above, (1, 0)) + from_below
