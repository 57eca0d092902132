"""Parsing as sequence labelling: P(y|x) = Π_i softmax_l(s_i[l])[y_i] over the labels l that denote an arc to word i."""

from __future__ import annotations

from functools import cached_property
from typing import ClassVar, Mapping, Sequence, final

import torch
from torch import Tensor

from skd_plugin.structures.algebra.checks import (
    check_axes,
    check_finite,
    check_ids,
    check_labels,
    check_mask,
    check_parts,
    check_shapes,
)
from skd_plugin.structures.algebra.differentiable_property import differentiable_property
from skd_plugin.structures.algebra.labels import positions
from skd_plugin.structures.algebra.padding import Axes
from skd_plugin.structures.algebra.part_spaces import ArcTokens, Parts
from skd_plugin.structures.algebra.potentials import FORBIDDEN, Substructures, at_least_float32, substructures
from skd_plugin.structures.algebra.structure import NBest, Tree, check_tree
from skd_plugin.structures.kernels.trees.arc_labels import arc_label_probabilities, arc_weights
from skd_plugin.structures.kernels.trees.spanning_tree import best_trees
from skd_plugin.structures.trees.head_selection import HeadSelection
from skd_plugin.structures.trees.parsing import Parsing, Support


@final
class ArcLabels(Parsing):
    """
    A softmax at each word over labels that denote a head and a relation (Strzyz et al. 2019). A label that denotes no
    word of the sentence has probability 0, so this is a head selection over the arcs that have a label.

    # Parameters

    scores : shape (batch, n, label)
    heads : shape (batch, n, label), the head (0 is ROOT) that a label denotes at a word, −1 where it denotes none; no
        two labels denote the same head and relation at one word. See `Encoding.heads`
    relation_of : shape (label,), the id of each label's relation
    mask : bool, shape (batch, n), right-padded
    labels : the name of each relation
    """

    parts: ClassVar[type[Parts]] = ArcTokens
    sentence_potentials: ClassVar[Mapping[str, Axes]] = {"scores": (0,), "heads": (0,)}
    shared_potentials = ("relation_of",)
    support = Support.HEADS
    locally_normalized = True

    def __init__(self, scores: Tensor, heads: Tensor, relation_of: Tensor, mask: Tensor, labels: Sequence[str]) -> None:
        check_axes("scores", scores, "batch, n, label")
        batch, length, num_arc_labels = scores.shape
        check_shapes("heads", heads, (batch, length, num_arc_labels), "batch, n, label")
        check_shapes("relation_of", relation_of, (num_arc_labels,), "label")
        check_mask(mask, batch, length)
        check_labels(tuple(labels), len(labels))
        check_ids("relation ids", relation_of, range(len(labels)))
        self.scores = at_least_float32(scores)
        check_finite(scores=self.scores)
        self.heads, self.relation_of, self.mask = heads, relation_of, mask
        self.labels = tuple(labels)

    @property
    def log_partition(self) -> Tensor:
        return self._valid_scores.logsumexp(-1).masked_fill(~self.mask, 0.0).sum(1)

    @differentiable_property
    def log_probabilities(self) -> Tensor:
        """log P(y_i = l|x), shape (batch, n, label), 0 where a label denotes no arc; differentiable."""
        return self._valid_scores.log_softmax(-1).masked_fill(~self._valid, 0.0)

    @cached_property
    def marginals(self) -> ArcTokens:
        return ArcTokens(self._valid_scores.detach().softmax(-1).where(self._valid, 0.0))

    @cached_property
    def argmax(self) -> Tree:
        """
        The best tree among those with the fewest arcs that no label denotes, usually none. The relation of such an arc
        is that of the word's best label for the same kind of head, ROOT or a word.
        """
        weights, relations = arc_weights(self.scores, self.heads, self.relation_of, self.lengths)
        heads = torch.from_numpy(best_trees(weights, self.lengths.cpu().numpy()))
        chosen = torch.from_numpy(relations).gather(2, heads.unsqueeze(-1)).squeeze(-1)
        device = self.mask.device
        return Tree(heads.to(device), chosen.to(device).masked_fill(~self.mask, 0))

    def n_best(self, k: int) -> NBest:
        """The k best trees in which every arc has a label."""
        relations = self.as_teacher.relations
        assert relations is not None
        return self._k_best(relations, k)

    @property
    def as_teacher(self) -> HeadSelection:
        """This distribution as a head selection, in which arcs without a label are forbidden."""
        relations = self._scatter_to_arcs(self._valid_scores.detach(), FORBIDDEN)
        return HeadSelection(relations.logsumexp(-1), relations, self.mask, self.labels)

    @property
    def token_posterior(self) -> ArcLabels:
        return self

    @property
    def substructures(self) -> Substructures:
        return substructures(self.scores, self._valid)

    def cross_entropy(self, expected: Parts) -> Tensor:
        """−Σ_i Σ_l P_t(y_i = l) log P_s(y_i = l), shape (batch,). Words at which no label is expected contribute 0."""
        return -(check_parts(expected, ArcTokens).tokens * self.log_probabilities).sum((1, 2))

    def indicator(self, structure: Tree) -> ArcTokens:
        """The parts of gold trees. No label is expected at a word whose arc has no label."""
        tree = check_tree(structure, self.mask, range(-1, len(self.labels)))
        if tree.relations is None:
            raise ValueError(
                "The trees have no relations, but an arc label denotes a relation too; give a relation id for each "
                "word, −1 where it is unknown."
            )
        denotes = (self.heads == tree.heads.unsqueeze(-1)) & (self.relation_of == tree.relations.unsqueeze(-1))
        return ArcTokens((denotes & self._valid).to(self.scores.dtype))

    def arc_probabilities(self, tree: Tree) -> Tensor:
        """P(y_i = l | x) for the label l that denotes the arc; 0 for an arc without a label."""
        arcs = check_tree(tree, self.mask, range(len(self.labels)))
        return arc_label_probabilities(self.scores, self.heads, self.relation_of, self.lengths, *arcs)

    def arc_tokens(self, joint: Tensor, relations: Sequence[str]) -> Tensor:
        """
        The values of labelled arcs, shape (batch, n, n + 1, relation), at the labels that denote them, shape
        (batch, n, label); 0 for labels that denote none of these arcs.
        """
        values = self._gather_at_labels(joint, relations).where(self._valid, 0.0)
        return self._fill_other_relations(values, relations, 0.0)

    def from_heads(self, teacher: HeadSelection) -> ArcLabels:
        """The distribution over these labels with the potentials log P(h | i) + log P(r | h, i) of a head selection."""
        relations = self._gather_at_labels(teacher.relation_log_probabilities, teacher.labels)
        scores = relations + teacher.arcs.gather(2, self.heads.clamp(min=0))
        scores = self._fill_other_relations(scores, teacher.labels, FORBIDDEN)
        return ArcLabels(scores, self.heads, self.relation_of, self.mask, self.labels)

    def labelled_arcs(self, relations: Sequence[str]) -> Tensor:
        """Which arcs with one of these relations have a label: bool, shape (batch, n, n + 1, relation)."""
        index = torch.tensor(positions(relations, self.labels), device=self.mask.device)
        return self._scatter_to_arcs(self._valid, False)[..., index]

    def _fill_other_relations(self, values: Tensor, relations: Sequence[str], fill: float) -> Tensor:
        """Sets the values (batch, n, label) of labels whose relation is not in `relations`."""
        is_other = [label not in relations for label in self.labels]
        if not any(is_other):
            return values
        return values.masked_fill(torch.tensor(is_other, device=self.mask.device)[self.relation_of], fill)

    def _gather_at_labels(self, joint: Tensor, relations: Sequence[str]) -> Tensor:
        """
        The values of labelled arcs (batch, n, n + 1, relation) at the labels that denote them (batch, n, label). The
        values of labels that denote none of these arcs are arbitrary.
        """
        ids = torch.tensor(positions(self.labels, relations), device=self.mask.device).clamp(min=0)
        flat = torch.add(ids[self.relation_of], self.heads.clamp(min=0), alpha=len(relations))
        return joint.flatten(2).gather(2, flat)

    def _scatter_to_arcs(self, values: Tensor, fill: float) -> Tensor:
        """
        The values of labels (batch, n, label) at the labelled arcs that they denote (batch, n, n + 1, relation); `fill`
        for arcs without a label.
        """
        batch, n, num_relations = *self.mask.shape, len(self.labels)
        num_arcs = (n + 1) * num_relations
        # Labels that denote no arc go to an additional last entry, which is cut off.
        index = (self.heads * num_relations + self.relation_of).masked_fill(~self._valid, num_arcs)
        flat = values.new_full((batch, n, num_arcs + 1), fill).scatter_(2, index, values)
        return flat[..., :-1].view(batch, n, n + 1, num_relations)

    @cached_property
    def _valid(self) -> Tensor:
        return (self.heads >= 0) & self.mask.unsqueeze(-1)

    @differentiable_property
    def _valid_scores(self) -> Tensor:
        return self.scores.where(self._valid, FORBIDDEN)
