"""The probability of an arc by a softmax: P(h → i, r) = Σ_{l denotes h and r at i} exp s_i[l] / Σ_l exp s_i[l]."""

from __future__ import annotations

import numpy as np
import torch
from numba import njit
from torch import Tensor

from skd_plugin.structures.tree import Tree

_ANY = -1


def arc_label_probabilities(scores: Tensor, heads: Tensor, relation_of: Tensor, lengths: Tensor, tree: Tree) -> Tensor:
    """
    # Parameters

    scores, heads : shape (batch, n, label), as in `ArcLabels`
    relation_of : shape (label,)
    lengths : shape (batch,)
    tree : `Tree`
        Without relations an arc counts with any of them.

    # Returns

    Shape (batch, n), 0 on padding and for an arc without a label.
    """
    relations = torch.full_like(tree.heads, _ANY) if tree.relations is None else tree.relations
    tensors = scores.detach(), heads, relation_of, lengths, tree.heads, relations
    found = _probabilities(*(tensor.cpu().contiguous().numpy() for tensor in tensors))
    return torch.from_numpy(found).to(scores.device)


@njit(cache=True, nogil=True)
def _probabilities(scores, heads, relation_of, lengths, chosen, relations):  # type: ignore[no-untyped-def]
    found = np.zeros(chosen.shape, scores.dtype)
    for b in range(len(lengths)):
        for i in range(lengths[b]):
            found[b, i] = _probability(scores[b, i], heads[b, i], relation_of, chosen[b, i], relations[b, i])
    return found


@njit(cache=True, nogil=True)
def _probability(scores, heads, relation_of, chosen, relation):  # type: ignore[no-untyped-def]
    highest = -np.inf
    for label in range(len(scores)):
        if heads[label] >= 0:
            highest = max(highest, scores[label])
    total, part = 0.0, 0.0
    for label in range(len(scores)):
        if heads[label] >= 0:
            weight = np.exp(scores[label] - highest)
            total += weight
            if heads[label] == chosen and (relation == _ANY or relation_of[label] == relation):
                part += weight
    return part / total if total > 0 else 0.0
