"""
Arcs from labels that denote them, compiled: the weight max_l s_i[l] of each arc for decoding, and the probability
P(h → i, r) = Σ_l P(y_i = l) of given arcs, both over the labels l that denote the arc.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from skd_plugin.structures.kernels.compiled import compiled_strictly

# An arc without a label weighs less, by this many nats, than all other arcs of a tree can make up for.
_MARGIN = 10.0
_ANY = -1


def arc_weights(scores: Tensor, heads: Tensor, relation_of: Tensor, lengths: Tensor) -> tuple[np.ndarray, np.ndarray]:
    """
    # Parameters

    scores : shape (batch, n, label)
    heads : shape (batch, n, label), the head that a label denotes at a word, −1 where it denotes none
    relation_of : shape (label,), the id of each label's relation
    lengths : shape (batch,)

    # Returns

    The weight of each arc, float64, and the id of its best relation, both (batch, n, n + 1). The best tree under these
    weights has as few arcs without a label as possible.
    """
    tensors = scores.detach(), heads, relation_of, lengths
    weights, relations = _weights(*(tensor.cpu().contiguous().numpy() for tensor in tensors))
    return weights, relations


def arc_label_probabilities(
    scores: Tensor,
    heads: Tensor,
    relation_of: Tensor,
    lengths: Tensor,
    chosen_heads: Tensor,
    chosen_relations: Tensor | None,
) -> Tensor:
    """
    P(h → i, r) = Σ_{l denotes h and r at i} exp s_i[l] / Σ_l exp s_i[l] for one arc per word.

    See `arc_weights` for the other parameters.

    # Parameters

    chosen_heads, chosen_relations : the arcs, shape (batch, n); without relations, P(h → i) is computed

    # Returns

    Shape (batch, n), 0 on padding and for an arc without a label.
    """
    relations = torch.full_like(chosen_heads, _ANY) if chosen_relations is None else chosen_relations
    tensors = scores.detach(), heads, relation_of, lengths, chosen_heads, relations
    probabilities = _probabilities(*(tensor.cpu().contiguous().numpy() for tensor in tensors))
    return torch.from_numpy(probabilities).to(scores.device)


@compiled_strictly
def _weights(scores, heads, relation_of, lengths):  # type: ignore[no-untyped-def]
    batch, n, _ = scores.shape
    weights, relations = np.zeros((batch, n, n + 1)), np.zeros((batch, n, n + 1), np.int64)
    lowest, tops = np.zeros(n), np.zeros((n, 2), np.int64)
    for b in range(batch):
        spread = 0.0
        for i in range(lengths[b]):
            weights[b, i] = -np.inf
            lowest[i], highest = _take_labels(
                scores[b, i], heads[b, i], relation_of, weights[b, i], relations[b, i], tops[i]
            )
            spread += highest - lowest[i]
        for i in range(lengths[b]):
            _fill(weights[b, i], relations[b, i], lowest[i] - spread - _MARGIN, tops[i])
    return weights, relations


@compiled_strictly
def _take_labels(scores, heads, relation_of, weights, relations, tops):  # type: ignore[no-untyped-def]
    """
    Writes the arcs that have a label, and to `tops` the relations of the best labels for ROOT and for a word as head.
    Returns the lowest and the highest score.
    """
    lowest, best = np.inf, np.full(2, -np.inf)
    tops[:] = -1
    for label in range(len(scores)):
        head, score = heads[label], float(scores[label])
        if head < 0:
            continue
        lowest = min(lowest, score)
        kind = 1 if head > 0 else 0
        if tops[kind] < 0 or score > best[kind]:
            best[kind], tops[kind] = score, relation_of[label]
        if score > weights[head]:
            weights[head], relations[head] = score, relation_of[label]
    return (lowest, max(best[0], best[1])) if lowest < np.inf else (0.0, 0.0)


@compiled_strictly
def _fill(weights, relations, weight, tops):  # type: ignore[no-untyped-def]
    """Gives arcs without a label `weight`, and the relation of the word's best label for the same kind of head."""
    for head in range(len(weights)):
        if weights[head] == -np.inf:
            kind = 1 if head > 0 else 0
            relation = tops[kind] if tops[kind] >= 0 else tops[1 - kind]
            weights[head], relations[head] = weight, max(relation, 0)


@compiled_strictly
def _probabilities(scores, heads, relation_of, lengths, chosen, relations):  # type: ignore[no-untyped-def]
    found = np.zeros(chosen.shape, scores.dtype)
    for b in range(len(lengths)):
        for i in range(lengths[b]):
            found[b, i] = _probability(scores[b, i], heads[b, i], relation_of, chosen[b, i], relations[b, i])
    return found


@compiled_strictly
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
