"""Arc-factored parsing: Score(y, x) = Σ_i [s(h_i → i) + log P(r_i | h_i → i)]; parts are arcs and their relations."""

from __future__ import annotations

from abc import ABC, abstractmethod
from functools import cached_property
from typing import ClassVar, Mapping, Sequence, TypeVar

import torch
from torch import Tensor
from torch.nn.functional import one_hot

from skd_plugin.structures.algebra.arc_relations import ArcRelations, RelationsGivenArcs, SparseRelations
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
from skd_plugin.structures.algebra.factorization import check_temperature
from skd_plugin.structures.algebra.labels import positions
from skd_plugin.structures.algebra.padding import Axes
from skd_plugin.structures.algebra.part_spaces import Arcs, Parts
from skd_plugin.structures.algebra.potentials import (
    FORBIDDEN,
    Substructures,
    at_least_float32,
    divided,
    substructures,
)
from skd_plugin.structures.algebra.relation_scores import RelationScores, arc_ids, relation_scores
from skd_plugin.structures.algebra.structure import NBest, Tree, check_tree
from skd_plugin.structures.trees.arc_parsing import RELATIONS, ArcParsing
from skd_plugin.structures.trees.best_arcs import best_labelled_arcs

AnyArcFactored = TypeVar("AnyArcFactored", bound="ArcFactored")


class ArcFactored(ArcParsing, ABC):
    """
    A distribution over heads, and over a relation for each chosen arc: P(y|x) = P(heads) · Π_i P(r_i | h_i → i).

    Relations are normalized given the arc, so log Z is a sum over arcs alone (Dozat and Manning 2017). A subclass says
    which heads have probability: any choice of heads, trees, or projective trees.

    # Parameters

    arcs : shape (batch, n, n + 1), log-potentials indexed [dependent, head], head 0 is ROOT; a word's own column and
        the padding are ignored
    relations : log-potentials, which are normalized over the relations of an arc here: `BiaffineRelations`, or a table
        of shape (batch, n, n + 1, relation); None (and no labels) in unlabelled parsing
    mask : bool, shape (batch, n), right-padded
    labels : the name of each relation
    """

    parts: ClassVar[type[Parts]] = Arcs
    sentence_potentials: ClassVar[Mapping[str, Axes]] = {"arcs": (0, 1), **RELATIONS}

    def __init__(
        self, arcs: Tensor, relations: Tensor | RelationScores | None, mask: Tensor, labels: Sequence[str]
    ) -> None:
        check_axes("arcs", arcs, "batch, n, n + 1")
        batch, length, _ = arcs.shape
        check_shapes("arcs", arcs, (batch, length, length + 1), "batch, n, n + 1")
        check_mask(mask, batch, length)
        self.arcs = at_least_float32(arcs)
        self.relation_scores = relation_scores(relations, (batch, length, length + 1))
        check_labels(tuple(labels), 0 if self.relation_scores is None else self.relation_scores.num_relations)
        check_finite(**{name: getattr(self, name) for name in (*self.sentence_potentials, *self.shared_potentials)})
        self.mask = mask
        self.labels = tuple(labels)

    @property
    @abstractmethod
    def arc_marginals(self) -> Tensor:
        """P(h → i), shape (batch, n, n + 1), zero on padding and at a word's own column, detached."""

    @abstractmethod
    def arc_cross_entropy(self, expected: Tensor) -> Tensor:
        """log Z − Σ expected(h → i) · s(h → i), shape (batch,), differentiable; expected heads of a word sum to 1."""

    @abstractmethod
    def best_heads(self, weights: Tensor, lengths: Tensor) -> Tensor:
        """
        The heads of the best trees of this kind, (batch, n), 0 on padding, under arc weights (batch, n, n + 1) of
        sentences of these lengths.
        """

    @cached_property
    def marginals(self) -> Arcs:
        if self.relation_scores is None:
            return Arcs(self.arc_marginals, None)
        return Arcs(self.arc_marginals, ArcRelations((self._relations_given_arcs,)))

    @property
    def entropy(self) -> Tensor:
        of_arcs = self.arc_cross_entropy(self.arc_marginals).detach()
        return of_arcs if self.relation_scores is None else of_arcs + self._relations_given_arcs.entropy_given_arcs

    @property
    def choices(self) -> Tensor:
        return self.arc_marginals.argmax(-1)

    @cached_property
    def argmax(self) -> Tree:
        """The best tree, exactly one word of which depends on ROOT, with its relations."""
        arcs, lengths = self.arcs.detach(), self.lengths
        if self.relation_scores is None:
            return Tree(self.best_heads(arcs, lengths), None)
        with torch.no_grad():
            return best_labelled_arcs(arcs, self.legal, lengths, self.relation_scores, self.best_heads)

    def n_best(self, k: int) -> NBest:
        arcs = self.arcs.detach().double().unsqueeze(-1)
        return self._k_best(
            arcs if self.relation_scores is None else arcs + self.relation_log_probabilities.detach(), k
        )

    def arc_probabilities(self, tree: Tree) -> Tensor:
        """P(h_i → i) · P(r_i | h_i → i), shape (batch, n)."""
        heads, relations = check_tree(tree, self.mask, range(len(self.labels)))
        arcs = self.arc_marginals.gather(2, heads.unsqueeze(-1)).squeeze(-1).clamp(0, 1)
        if self.relation_scores is None or relations is None:
            return arcs
        with torch.no_grad():
            # Shape: (batch, n, relation)
            given_heads = self.relation_scores.of_heads(heads).softmax(-1)
        return arcs * given_heads.gather(2, relations.unsqueeze(-1)).squeeze(-1).clamp(max=1)

    @property
    def substructures(self) -> Substructures:
        """s(h → i) + log P(r | h → i) of each arc with each relation."""
        if self.relation_scores is None:
            return substructures(self.arcs, self.legal)
        return substructures(self.arcs.unsqueeze(-1) + self.relation_log_probabilities, self.legal.unsqueeze(-1))

    def cross_entropy(self, expected: Parts) -> Tensor:
        """
        log Z(x) − Σ P_t(h → i) · s(h → i) + Σ P_t(h → i) · CE(P_t(· | h → i), P_s(· | h → i)), shape (batch,).

        The expected heads of each word sum to 1. If `expected` has no relations, arcs alone are compared.
        """
        expected = check_parts(expected, Arcs)
        value = self.arc_cross_entropy(expected.arcs)
        if self.relation_scores is None or expected.labelled is None:
            return value
        return value + expected.labelled.cross_entropy(self.relation_scores)

    def indicator(self, structure: Tree) -> Arcs:
        """The parts of gold trees. A relation of −1 is unknown: no relation is expected at that word."""
        heads, relations = structure
        check_shapes("heads", heads, tuple(self.mask.shape), "batch, n")
        heads = heads.masked_fill(~self.mask, 0)
        check_ids("heads", heads, range(self.mask.shape[1] + 1))
        arcs = one_hot(heads, self.arcs.shape[2]).to(self.arcs.dtype) * self.mask.unsqueeze(-1)
        if self.relation_scores is None or relations is None:
            return Arcs(arcs, None)
        relations = relations.masked_fill(~self.mask, -1)
        check_ids("relation ids", relations, range(-1, len(self.labels)))
        known, (batch, n) = relations >= 0, heads.shape
        joint = one_hot(relations[known], len(self.labels)).to(self.arcs.dtype)
        return Arcs(arcs, ArcRelations((SparseRelations(arc_ids(heads)[known], joint, (batch, n, n + 1)),)))

    def restricted(self, labels: Sequence[str]) -> ArcFactored:
        """
        Conditions the distribution on these relations; the relation axis takes their order. Without any labels, it is
        the distribution over heads alone.
        """
        if self.relation_scores is None or self.labels == tuple(labels):
            return self
        if not labels:
            return self._with_potentials(self.arcs, None, ())
        index = torch.tensor(positions(labels, self.labels), device=self.arcs.device)
        is_lossy = len(labels) < len(self.labels)
        arcs = self.arcs + self.relation_log_probabilities[..., index].logsumexp(-1) if is_lossy else self.arcs
        return self._with_potentials(arcs, self.relation_scores.selected(index), labels)

    def within(self, allowed: Tensor) -> ArcFactored:
        """Conditions the distribution on labelled arcs: `allowed` is bool, shape (batch, n, n + 1, relation)."""
        relations = self.relation_log_probabilities.masked_fill(~allowed, FORBIDDEN)
        return self._with_potentials(self.arcs + relations.logsumexp(-1), relations, self.labels)

    def tempered(self: AnyArcFactored, temperature: float) -> AnyArcFactored:
        check_temperature(temperature)
        relations = None if self.relation_scores is None else self.relation_scores.divided(temperature)
        return self._with_potentials(divided(self.arcs, temperature), relations, self.labels)

    @differentiable_property
    def relation_log_probabilities(self) -> Tensor:
        """
        log P(r | h → i) of all arcs, shape (batch, n, n + 1, relation), differentiable; not defined in unlabelled
        parsing. It is large: losses and decoding look at the arcs that they need.
        """
        assert self.relation_scores is not None
        return self.relation_scores.table.log_softmax(-1)

    @cached_property
    def legal(self) -> Tensor:
        """Whether h → i may be an arc: bool, shape (batch, n, n + 1)."""
        n = self.mask.shape[1]
        not_itself = ~torch.eye(n, dtype=torch.bool, device=self.mask.device)
        words = self.mask.unsqueeze(1) & self.mask.unsqueeze(2) & not_itself
        return torch.cat([self.mask.unsqueeze(2), words], 2)

    @cached_property
    def _relations_given_arcs(self) -> RelationsGivenArcs:
        assert self.relation_scores is not None
        return RelationsGivenArcs(self.arc_marginals, self.relation_scores)

    def _with_potentials(
        self: AnyArcFactored, arcs: Tensor, relations: Tensor | RelationScores | None, labels: Sequence[str]
    ) -> AnyArcFactored:
        return type(self)(arcs, relations, self.mask, labels)
