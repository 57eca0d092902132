"""
The best tree by Σ_i s(h_i → i) + max_r log P(r | h_i → i), for which relations of few arcs are computed.

A log-probability is at most 0. So s(h → i) is the most that an arc can weigh, and a tree that is the best by these
bounds, and by the exact weights of its own arcs, is the best of all: no other tree can weigh more than its bounds.
"""

from __future__ import annotations

from typing import Callable

import torch
from torch import Tensor

from skd_plugin.structures.algebra.relation_scores import RelationScores, arc_ids
from skd_plugin.structures.algebra.structure import Tree

Decoder = Callable[[Tensor, Tensor], Tensor]


def best_labelled_arcs(arcs: Tensor, legal: Tensor, lengths: Tensor, scores: RelationScores, decode: Decoder) -> Tree:
    """
    The best tree of each sentence, and the best relation of each of its arcs, exactly.

    # Parameters

    arcs : s(h → i), shape (batch, n, n + 1)
    legal : whether h → i may be an arc, bool, the same shape
    lengths : shape (batch,)
    scores : of relations
    decode : the heads of the best trees, (rows, n), 0 on padding, by the weights of arcs and the lengths
    """
    weights = _Weights(arcs, legal, scores)
    heads = decode(arcs, lengths)
    rows = torch.arange(len(arcs), device=arcs.device)
    while True:
        rows = rows[weights.compute_chosen(rows, heads)]
        if not len(rows):
            break
        rows = rows[weights.compute_better(rows, heads)]
        if not len(rows):
            break
        heads = heads.index_copy(0, rows, decode(weights.bounds[rows], lengths[rows]))
    words = torch.arange(arcs.shape[1], device=arcs.device) < lengths.unsqueeze(1)
    chosen = weights.relations.gather(2, heads.unsqueeze(2)).squeeze(2)
    return Tree(heads, chosen.masked_fill(~words, 0))


class _Weights:
    """
    bounds : the weights of arcs whose relations are computed, and s(h → i) of the others, shape (batch, n, n + 1)
    relations : the ids of the best relations that are computed, the same shape
    """

    def __init__(self, arcs: Tensor, legal: Tensor, scores: RelationScores) -> None:
        self.bounds = arcs.clone()
        self.relations = torch.zeros_like(legal, dtype=torch.long)
        self._unknown = legal.clone()
        self._legal, self._scores = legal, scores

    def compute_chosen(self, rows: Tensor, heads: Tensor) -> Tensor:
        """Computes the arcs of these sentences' trees. Returns for which sentences any was not computed before."""
        unknown = self._unknown[rows].gather(2, heads[rows].unsqueeze(2)).squeeze(2)
        self._compute(arc_ids(heads)[rows][unknown])
        return unknown.any(1)

    def compute_better(self, rows: Tensor, heads: Tensor) -> Tensor:
        """
        Computes the arcs that may weigh more than the tree's arc to the same word. Returns for which sentences any
        arc still does: their trees may not be the best.
        """
        chosen = self.bounds[rows].gather(2, heads[rows].unsqueeze(2))
        better = (self.bounds[rows] > chosen) & self._unknown[rows]
        row, word, head = better.nonzero(as_tuple=True)
        _, n, num_heads = self.bounds.shape
        self._compute((rows[row] * n + word) * num_heads + head)
        return ((self.bounds[rows] > chosen) & self._legal[rows]).flatten(1).any(1)

    def _compute(self, ids: Tensor) -> None:
        if self._scores.are_many(ids):
            self._compute_all()
            return
        best, relations = self._scores.of_arcs(ids).log_softmax(-1).max(-1)
        self.bounds.view(-1).index_add_(0, ids, best.to(self.bounds.dtype))
        self.relations.view(-1).index_copy_(0, ids, relations)
        self._unknown.view(-1).index_fill_(0, ids, False)

    def _compute_all(self) -> None:
        for rows in self._scores.blocks:
            best, self.relations[rows] = self._scores.log_probabilities(rows).transpose(1, 2).max(-1)
            self.bounds[rows] += best.where(self._unknown[rows], 0.0)
        self._unknown.fill_(False)
