"""
Log-potentials of the relations of arcs, s(r, h → i), in one of two forms: a table, or a biaffine product.

Few queries need all arcs: gold trees and decoding ask for some, and a loss that needs all of them takes a few sentences
at a time.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from functools import cached_property
from typing import Callable, Iterator

import torch
from torch import Tensor
from torch.nn.functional import pad

from skd_plugin.structures.algebra.checks import check_axes, check_shapes
from skd_plugin.structures.algebra.differentiable_property import differentiable_property
from skd_plugin.structures.algebra.known_gradient import with_known_gradient
from skd_plugin.structures.algebra.potentials import at_least_float32, divided

# How many numbers of a table are in memory at once. One sentence may have more.
_BLOCK = 2**20
# If there are more arcs per word, all are scored, in blocks: each product by itself takes a copy of its matrix.
_FEW = 2
# Matrix products are up to twice as fast if their rows are aligned, so heads are given so many features, or a multiple.
_ALIGNED = 8


class RelationScores(ABC):
    """
    The scores of all relations of all arcs of a batch. The id of the arc h → i of sentence b is
    (b · n + i) · (n + 1) + h, its place in a tensor of shape (batch, n, n + 1).

    A block has all arcs of some sentences, shape (rows, n + 1, n, relation), indexed [head, dependent]: in this order
    biaffine products are one matrix product for each sentence.
    """

    batch: int
    length: int
    num_relations: int

    @abstractmethod
    def of_arcs(self, arcs: Tensor) -> Tensor:
        """The scores of arcs given by their ids, ascending and distinct, shape (count,): (count, relation)."""

    @property
    @abstractmethod
    def table(self) -> Tensor:
        """The scores of all arcs, shape (batch, n, n + 1, relation), differentiable."""

    @abstractmethod
    def divided(self, temperature: float) -> RelationScores:
        """All scores divided by the temperature, except those that are `FORBIDDEN`."""

    @abstractmethod
    def selected(self, relations: Tensor) -> RelationScores:
        """The scores of these relations, ids of shape (relation,), in their order."""

    def of_heads(self, heads: Tensor) -> Tensor:
        """The scores of one arc for each word, given by its head, (batch, n): shape (batch, n, relation)."""
        return self.of_arcs(arc_ids(heads).flatten()).view(*heads.shape, self.num_relations)

    def are_many(self, arcs: Tensor) -> bool:
        """Whether there are so many of these arcs that all should be scored."""
        return len(arcs) > _FEW * self.batch * self.length

    @property
    def blocks(self) -> Iterator[slice]:
        return blocks(self.batch, self.length, self.num_relations)

    def log_probabilities(self, rows: slice) -> Tensor:
        """log softmax_r s(r, h → i) of a block, detached."""
        with torch.no_grad(), _full_precision(self._device):
            return self._block(rows).log_softmax(-1)

    def probabilities(self, rows: slice) -> Tensor:
        """softmax_r s(r, h → i) of a block, detached. Their entropies are kept, so that a block is scored once."""
        logs = self.log_probabilities(rows)
        probabilities = logs.exp()
        self._entropies.update(zip(range(rows.start, rows.stop), logs.mul_(probabilities).sum(-1).neg()))
        return probabilities

    @property
    def entropies(self) -> Tensor:
        """−Σ_r P(r | h → i) log P(r | h → i) of each arc, shape (batch, n, n + 1), detached."""
        for rows in self.blocks:
            if not all(row in self._entropies for row in range(rows.start, rows.stop)):
                self.probabilities(rows)
        kept = [self._entropies[row].T for row in range(self.batch)]
        return torch.stack(kept) if kept else torch.zeros(0, self.length, self.length + 1, device=self._device)

    @cached_property
    def _entropies(self) -> dict[int, Tensor]:
        """Those of a sentence, (n + 1, n), by its number."""
        return {}

    def cross_entropy(self, joint: Callable[[slice], Tensor]) -> Tensor:
        """
        −Σ P(h → i, r) log softmax_r s(r, h → i), shape (batch,), differentiable; `joint` gives the P(h → i, r) of a
        block. The gradient is computed with the value, so no table is kept for it.
        """
        potentials = self._differentiable_potentials()
        wants_gradient = torch.is_grad_enabled() and any(potential.requires_grad for potential in potentials)
        gradients = [torch.empty_like(potential) for potential in potentials if wants_gradient]
        values = []
        with torch.no_grad(), _full_precision(self._device):
            for rows in self.blocks:
                scores = self._block(rows)
                expected = joint(rows).to(scores.dtype)
                logs = scores.log_softmax(-1)
                values.append((expected * logs).sum((1, 2, 3)).neg())
                if wants_gradient:
                    of_block = logs.exp_().mul_(expected.sum(-1, keepdim=True)).sub_(expected)
                    self._write_gradients(rows, of_block, gradients)
        value = torch.cat(values)
        return with_known_gradient(value, potentials, gradients) if wants_gradient else value

    @property
    @abstractmethod
    def _device(self) -> torch.device: ...

    @abstractmethod
    def _block(self, rows: slice) -> Tensor:
        """The scores of a block, detached."""

    @abstractmethod
    def _differentiable_potentials(self) -> tuple[Tensor, ...]:
        """What scores are a function of, each with a batch axis."""

    @abstractmethod
    def _write_gradients(self, rows: slice, of_block: Tensor, gradients: list[Tensor]) -> None:
        """Writes the gradients of these potentials, for some sentences, given that of the scores of their block."""


class RelationTable(RelationScores):
    """
    # Parameters

    table : shape (batch, n, n + 1, relation)
    """

    def __init__(self, table: Tensor) -> None:
        self._table = at_least_float32(table)
        self.batch, self.length, _, self.num_relations = table.shape

    @property
    def table(self) -> Tensor:
        return self._table

    def of_arcs(self, arcs: Tensor) -> Tensor:
        return self._table.flatten(0, 2).index_select(0, arcs)

    @property
    def _device(self) -> torch.device:
        return self._table.device

    def _block(self, rows: slice) -> Tensor:
        return self._table[rows].detach().transpose(1, 2)

    def _differentiable_potentials(self) -> tuple[Tensor]:
        return (self._table,)

    def _write_gradients(self, rows: slice, of_block: Tensor, gradients: list[Tensor]) -> None:
        gradients[0][rows] = of_block.transpose(1, 2)

    def divided(self, temperature: float) -> RelationTable:
        return RelationTable(divided(self._table, temperature))

    def selected(self, relations: Tensor) -> RelationTable:
        return RelationTable(self._table.index_select(-1, relations))


class BiaffineRelations(RelationScores):
    """
    s(r, h → i) = d_iᵀ W_r e_h (Dozat and Manning 2017): 2n + 1 vectors for each sentence, and one tensor for all.

    Terms of one word alone, and a bias for each relation, are part of it if the last feature of every word is 1. No
    relation of a single arc can be `FORBIDDEN` in this form.

    # Parameters

    dependents : d, shape (batch, n, feature)
    heads : e, shape (batch, n + 1, head feature), ROOT first
    weights : W, shape (relation, feature, head feature)
    """

    def __init__(self, dependents: Tensor, heads: Tensor, weights: Tensor) -> None:
        check_axes("dependents", dependents, "batch, n, feature")
        check_axes("weights", weights, "relation, feature, head feature")
        self.batch, self.length, size = dependents.shape
        self.num_relations, _, head_size = weights.shape
        check_shapes("heads", heads, (self.batch, self.length + 1, head_size), "batch, n + 1, head feature")
        check_shapes("weights", weights, (self.num_relations, size, head_size), "relation, feature, head feature")
        self.heads = at_least_float32(heads)
        self._transformed = _Transformed(at_least_float32(dependents), at_least_float32(weights))

    @property
    def dependents(self) -> Tensor:
        return self._transformed.dependents

    @property
    def weights(self) -> Tensor:
        return self._transformed.weights

    def of_arcs(self, arcs: Tensor) -> Tensor:
        words, heads = arcs // (self.length + 1), arcs % (self.length + 1)
        heads = heads + words // max(1, self.length) * (self.length + 1)
        with _full_precision(self._device):
            return _products(self._transformed(), self._aligned_heads.flatten(0, 1), words, heads)

    @property
    def table(self) -> Tensor:
        with _full_precision(self._device):
            return self._scores(slice(0, self.batch)).transpose(1, 2)

    def divided(self, temperature: float) -> BiaffineRelations:
        changed = BiaffineRelations(self.dependents, self.heads / temperature, self.weights)
        # The heads alone are divided, because they are multiplied last: the product before them is shared.
        changed._transformed = self._transformed
        return changed

    def selected(self, relations: Tensor) -> BiaffineRelations:
        return BiaffineRelations(self.dependents, self.heads, self.weights.index_select(0, relations))

    @property
    def _device(self) -> torch.device:
        return self.heads.device

    def _block(self, rows: slice) -> Tensor:
        return self._scores(rows).detach()

    def _scores(self, rows: slice) -> Tensor:
        heads, words = self._aligned_heads[rows], self._by_word[rows].flatten(1, 2)
        scores: Tensor = torch.bmm(heads, words.transpose(1, 2)).unflatten(2, (self.length, self.num_relations))
        return scores

    def _differentiable_potentials(self) -> tuple[Tensor, Tensor]:
        return self._by_word, self._aligned_heads

    def _write_gradients(self, rows: slice, of_block: Tensor, gradients: list[Tensor]) -> None:
        # Shape: (rows, n + 1, n · relation)
        flat = of_block.flatten(2)
        of_words, of_heads = gradients
        torch.bmm(flat.transpose(1, 2), self._aligned_heads[rows].detach(), out=of_words[rows].flatten(1, 2))
        torch.bmm(flat, self._by_word[rows].detach().flatten(1, 2), out=of_heads[rows])

    @property
    def _by_word(self) -> Tensor:
        """d_iᵀ W_r, shape (batch, n, relation, aligned head feature)."""
        matrices = self._transformed()
        return matrices.view(self.batch, self.length, self.num_relations, matrices.shape[2])

    @property
    def _aligned_heads(self) -> Tensor:
        return _aligned(self.heads)


class _Transformed:
    """d_iᵀ W_r, shape (batch · n, relation, aligned head feature), differentiable. It is computed once."""

    def __init__(self, dependents: Tensor, weights: Tensor) -> None:
        self.dependents, self.weights = dependents, weights

    def __call__(self) -> Tensor:
        return self._differentiable if torch.is_grad_enabled() else self._detached

    @differentiable_property
    def _differentiable(self) -> Tensor:
        return self._compute()

    @cached_property
    def _detached(self) -> Tensor:
        computed: Tensor | None = self.__dict__.get("_differentiable")
        return self._compute() if computed is None else computed.detach()

    def _compute(self) -> Tensor:
        weights = _aligned(self.weights)
        num_relations, size, head_size = weights.shape
        words = self.dependents.flatten(0, 1)
        product = words @ weights.transpose(0, 1).reshape(size, num_relations * head_size)
        return product.view(len(words), num_relations, head_size)


def blocks(batch: int, length: int, num_relations: int) -> Iterator[slice]:
    """The sentences of a batch, so many at once as fill a block. Without any, there is one empty block."""
    size = max(1, _BLOCK // max(1, length * (length + 1) * num_relations))
    for start in range(0, max(1, batch), size):
        yield slice(start, min(start + size, batch))


def arc_ids(heads: Tensor) -> Tensor:
    """The ids of the arcs to each word from its head, both of shape (batch, n); see `RelationScores`."""
    batch, n = heads.shape
    return torch.arange(batch * n, device=heads.device).view(batch, n) * (n + 1) + heads


def relation_scores(relations: Tensor | RelationScores | None, shape: tuple[int, int, int]) -> RelationScores | None:
    """
    The relations that a parser is given, a tensor as a table.

    Raises `ValueError` unless they are of the arcs of `shape`, (batch, n, n + 1).
    """
    if relations is None:
        return None
    if isinstance(relations, Tensor):
        check_axes("relations", relations, "batch, n, n + 1, relation")
        check_shapes("relations", relations, (*shape, relations.shape[-1]), "batch, n, n + 1, relation")
        return RelationTable(relations)
    if (relations.batch, relations.length) != shape[:2]:
        raise ValueError(
            f"relations are of {relations.batch} sentences of {relations.length} words, expected as many as arcs are: "
            f"{shape[0]} of {shape[1]}."
        )
    return relations


def _aligned(vectors: Tensor) -> Tensor:
    """With zeros at the end of the last axis."""
    missing = -vectors.shape[-1] % _ALIGNED
    return pad(vectors, (0, missing)) if missing else vectors


def _products(matrices: Tensor, vectors: Tensor, matrix_of: Tensor, vector_of: Tensor) -> Tensor:
    """
    The products matrices[matrix_of[k]] · vectors[vector_of[k]] for all k, shape (count, row).

    # Parameters

    matrices : shape (matrix, row, column)
    vectors : shape (vector, column)
    matrix_of, vector_of : shape (count,); the former is ascending
    """
    if len(matrices) // 2 < len(matrix_of) <= len(matrices) and bool((matrix_of[1:] > matrix_of[:-1]).all()):
        # Most matrices are used, and once. All are multiplied, because that takes no copy of those that are used.
        chosen = vector_of.new_zeros(len(matrices)).index_copy(0, matrix_of, vector_of)
        return _row_products(matrices, vectors.index_select(0, chosen)).index_select(0, matrix_of)
    size = max(1, _BLOCK // max(1, matrices[0].numel())) if len(matrices) else 1
    pairs = zip(matrix_of.split(size), vector_of.split(size))
    return torch.cat([_row_products(matrices.index_select(0, m), vectors.index_select(0, v)) for m, v in pairs])


def _row_products(matrices: Tensor, vectors: Tensor) -> Tensor:
    # As rows, which is several times as fast as with columns.
    return torch.bmm(vectors.unsqueeze(1), matrices.transpose(1, 2)).squeeze(1)


def _full_precision(device: torch.device) -> torch.autocast:
    return torch.autocast(device.type, enabled=False)
