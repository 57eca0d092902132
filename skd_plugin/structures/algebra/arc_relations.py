"""
P(h → i, r), the probabilities of arcs with their relations, without the table of all arcs and relations.

Of gold trees a word has one such arc, which is kept as it is. Of a teacher all arcs have some probability. It is kept
as scores, and computed for a few sentences at a time.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, replace
from typing import Callable, Sequence, cast

import torch
from torch import Tensor

from skd_plugin.structures.algebra.parts import entropy, powers, scatter_labels
from skd_plugin.structures.algebra.relation_scores import RelationScores, blocks


class _Term(ABC):
    """
    P(h → i, r) of one origin.

    shape : of a tensor of all arcs, (batch, n, n + 1)
    """

    shape: tuple[int, int, int]
    num_relations: int

    @abstractmethod
    def block(self, rows: slice) -> Tensor:
        """The probabilities of some sentences, detached, shape (rows, n + 1, n, relation); see `RelationScores`."""

    @abstractmethod
    def weighted(self, weight: float | Tensor) -> _Term:
        """Times one number, or one number per sentence, shape (batch,)."""

    @abstractmethod
    def relabeled(self, positions: Tensor, num_labels: int) -> _Term:
        """See `Parts.relabeled`."""

    @abstractmethod
    def sharpened(self, temperature: float, arcs: Tensor) -> _Term:
        """P(r | h → i) to the power 1/T, renormalized, times the probabilities of arcs, (batch, n, n + 1)."""

    @abstractmethod
    def to(self, device: torch.device | str) -> _Term: ...

    def unstack(self, lengths: Sequence[int]) -> list[_Term]:
        """One term for each sentence, unpadded, with its own memory."""
        tables = [table for rows in blocks(*self.shape[:2], self.num_relations) for table in self.block(rows)]
        return [RelationTables((table[: n + 1, :n].clone(),), n) for table, n in zip(tables, lengths)]

    @property
    @abstractmethod
    def nbytes(self) -> int:
        """The size of its probabilities in bytes."""


@dataclass(frozen=True, eq=False)
class SparseRelations(_Term):
    """
    The P(h → i, r) of some arcs; all others are 0.

    # Parameters

    arcs : ids of arcs, see `RelationScores`, ascending and distinct, shape (count,)
    joint : P(h → i, r), shape (count, relation)
    shape : of a tensor of all arcs, (batch, n, n + 1)
    """

    arcs: Tensor
    joint: Tensor
    shape: tuple[int, int, int]

    @classmethod
    def of_table(cls, table: Tensor) -> SparseRelations:
        """From shape (batch, n, n + 1, relation)."""
        batch, n, num_heads, _ = table.shape
        rows = table.flatten(0, 2)
        arcs = (rows != 0).any(-1).nonzero().flatten()
        return cls(arcs, rows.index_select(0, arcs), (batch, n, num_heads))

    @property
    def num_relations(self) -> int:  # type: ignore[override]
        return self.joint.shape[1]

    def block(self, rows: slice) -> Tensor:
        _, n, num_heads = self.shape
        start, stop = (row * n * num_heads for row in (rows.start, rows.stop))
        inside = (self.arcs >= start) & (self.arcs < stop)
        dense = self.joint.new_zeros(stop - start, self.num_relations)
        dense.index_copy_(0, self.arcs[inside] - start, self.joint[inside])
        return dense.view(rows.stop - rows.start, n, num_heads, self.num_relations).transpose(1, 2)

    def weighted(self, weight: float | Tensor) -> SparseRelations:
        if isinstance(weight, Tensor) and weight.dim() == 1:
            weight = weight.to(self.joint.dtype).index_select(0, self._sentences).unsqueeze(1)
        return replace(self, joint=self.joint * weight)

    def plus(self, other: SparseRelations) -> SparseRelations:
        arcs, places = torch.cat([self.arcs, other.arcs]).unique(return_inverse=True)
        values = torch.cat([self.joint, other.joint])
        joint = values.new_zeros(len(arcs), values.shape[1]).index_add(0, places, values)
        return replace(self, arcs=arcs, joint=joint)

    def relabeled(self, positions: Tensor, num_labels: int) -> SparseRelations:
        return replace(self, joint=scatter_labels(self.joint, positions, num_labels))

    def sharpened(self, temperature: float, arcs: Tensor) -> SparseRelations:
        given_arcs = powers(self.joint, 1 / temperature)
        return replace(self, joint=arcs.flatten().index_select(0, self.arcs).unsqueeze(1) * given_arcs)

    def to(self, device: torch.device | str) -> SparseRelations:
        return replace(self, arcs=self.arcs.to(device), joint=self.joint.to(device))

    def cross_entropy(self, scores: RelationScores) -> Tensor:
        """−Σ P(h → i, r) log softmax_r s(r, h → i), shape (batch,), differentiable."""
        of_arcs = (self.joint * scores.of_arcs(self.arcs).log_softmax(-1)).sum(1)
        return of_arcs.new_zeros(self.shape[0]).index_add(0, self._sentences, of_arcs).neg()

    def unstack(self, lengths: Sequence[int]) -> list[_Term]:
        _, n, num_heads = self.shape
        counts = self._sentences.bincount(minlength=len(lengths)).tolist()
        words, heads = self.arcs // max(1, num_heads) % max(1, n), self.arcs % max(1, num_heads)
        parts = zip(words.split(counts), heads.split(counts), self.joint.split(counts), lengths)
        return [
            SparseRelations(word * (length + 1) + head, joint.clone(), (1, length, length + 1))
            for word, head, joint, length in parts
        ]

    @classmethod
    def stack(cls, sentences: Sequence[SparseRelations]) -> SparseRelations:
        """Pads terms of one sentence into one."""
        n = max(sentence.shape[1] for sentence in sentences)
        arcs = [
            (b * n + sentence.arcs // sentence.shape[2]) * (n + 1) + sentence.arcs % sentence.shape[2]
            for b, sentence in enumerate(sentences)
        ]
        return cls(torch.cat(arcs), torch.cat([sentence.joint for sentence in sentences]), (len(sentences), n, n + 1))

    @property
    def nbytes(self) -> int:
        return self.arcs.nbytes + self.joint.nbytes

    @property
    def _sentences(self) -> Tensor:
        """The number of each arc's sentence, shape (count,)."""
        _, n, num_heads = self.shape
        return self.arcs // max(1, n * num_heads)


@dataclass(frozen=True, eq=False)
class RelationsGivenArcs(_Term):
    """
    P(h → i) · softmax_r s(r, h → i), detached.

    # Parameters

    arcs : P(h → i), shape (batch, n, n + 1)
    scores : of all relations
    positions, num_labels : if given, relation k is at `positions[k]` of `num_labels`; see `Parts.relabeled`
    """

    arcs: Tensor
    scores: RelationScores
    positions: Tensor | None = None
    num_labels: int = 0

    @property
    def shape(self) -> tuple[int, int, int]:  # type: ignore[override]
        batch, n, num_heads = self.arcs.shape
        return batch, n, num_heads

    @property
    def num_relations(self) -> int:  # type: ignore[override]
        return self.scores.num_relations if self.positions is None else self.num_labels

    def block(self, rows: slice) -> Tensor:
        joint = self.scores.probabilities(rows).mul_(self.arcs[rows].detach().transpose(1, 2).unsqueeze(3))
        return joint if self.positions is None else scatter_labels(joint, self.positions, self.num_labels)

    @property
    def entropy_given_arcs(self) -> Tensor:
        """−Σ P(h → i) Σ_r P(r | h → i) log P(r | h → i), shape (batch,)."""
        return (self.arcs.detach() * self.scores.entropies).sum((1, 2))

    def weighted(self, weight: float | Tensor) -> RelationsGivenArcs:
        if isinstance(weight, Tensor) and weight.dim() == 1:
            weight = weight.to(self.arcs.dtype).view(-1, 1, 1)
        return replace(self, arcs=self.arcs * weight)

    def relabeled(self, positions: Tensor, num_labels: int) -> RelationsGivenArcs:
        if self.positions is not None:
            # −1 is the last entry.
            positions = torch.cat([positions, positions.new_tensor([-1])])[self.positions]
        return replace(self, positions=positions, num_labels=num_labels)

    def sharpened(self, temperature: float, arcs: Tensor) -> RelationsGivenArcs:
        return replace(self, arcs=arcs, scores=self.scores.divided(temperature))

    def to(self, device: torch.device | str) -> SparseRelations:
        return ArcRelations((self,)).merged.to(device)

    @property
    def nbytes(self) -> int:
        return self.arcs.nbytes


@dataclass(frozen=True, eq=False)
class RelationTables(_Term):
    """
    The P(h → i, r) of all arcs, a table for each sentence, so that padding takes no memory.

    # Parameters

    tables : of sentence b, shape (n_b + 1, n_b, relation), indexed [head, dependent]
    length : n, the length of the longest sentence
    """

    tables: tuple[Tensor, ...]
    length: int

    @classmethod
    def stack(cls, sentences: Sequence[RelationTables]) -> RelationTables:
        """Puts the sentences of several terms into one."""
        tables = tuple(table for sentence in sentences for table in sentence.tables)
        return cls(tables, max(sentence.length for sentence in sentences))

    @property
    def shape(self) -> tuple[int, int, int]:  # type: ignore[override]
        return len(self.tables), self.length, self.length + 1

    @property
    def num_relations(self) -> int:  # type: ignore[override]
        return self.tables[0].shape[2]

    def block(self, rows: slice) -> Tensor:
        chosen = self.tables[rows]
        padded = self.tables[0].new_zeros(len(chosen), self.length + 1, self.length, self.num_relations)
        for b, table in enumerate(chosen):
            padded[b, : table.shape[0], : table.shape[1]] = table
        return padded

    def weighted(self, weight: float | Tensor) -> RelationTables:
        if isinstance(weight, Tensor) and weight.dim() == 1:
            return replace(self, tables=tuple(table * one.to(table.dtype) for table, one in zip(self.tables, weight)))
        return self._map(lambda table: table * weight)

    def relabeled(self, positions: Tensor, num_labels: int) -> RelationTables:
        return self._map(lambda table: scatter_labels(table, positions, num_labels))

    def sharpened(self, temperature: float, arcs: Tensor) -> SparseRelations:
        return ArcRelations((self,)).merged.sharpened(temperature, arcs)

    def to(self, device: torch.device | str) -> RelationTables:
        return self._map(lambda table: table.to(device))

    @property
    def nbytes(self) -> int:
        return sum(table.nbytes for table in self.tables)

    def _map(self, function: Callable[[Tensor], Tensor]) -> RelationTables:
        return replace(self, tables=tuple(map(function, self.tables)))


@dataclass(frozen=True, eq=False)
class ArcRelations:
    """The P(h → i, r) of a batch, the sum of one term or more."""

    terms: tuple[_Term, ...]

    @property
    def table(self) -> Tensor:
        """Shape (batch, n, n + 1, relation)."""
        return self._block(slice(0, self.terms[0].shape[0])).transpose(1, 2)

    @property
    def merged(self) -> SparseRelations:
        """The sum as one term, which is a table unless all terms are sparse."""
        return SparseRelations.of_table(self.table)

    def __add__(self, other: ArcRelations) -> ArcRelations:
        sparse = [term for term in (*self.terms, *other.terms) if isinstance(term, SparseRelations)]
        others = [term for term in (*self.terms, *other.terms) if not isinstance(term, SparseRelations)]
        total = sparse[:1]
        for term in sparse[1:]:
            total = [total[0].plus(term)]
        return ArcRelations((*others, *total))

    def weighted(self, weight: float | Tensor) -> ArcRelations:
        return ArcRelations(tuple(term.weighted(weight) for term in self.terms))

    def relabeled(self, positions: Tensor, num_labels: int) -> ArcRelations:
        return ArcRelations(tuple(term.relabeled(positions, num_labels) for term in self.terms))

    def sharpened(self, temperature: float, arcs: Tensor) -> ArcRelations:
        term = self.terms[0] if len(self.terms) == 1 else self.merged
        return ArcRelations((term.sharpened(temperature, arcs),))

    def to(self, device: torch.device | str) -> ArcRelations:
        return ArcRelations(tuple(term.to(device) for term in self.terms))

    def unstack(self, lengths: Sequence[int]) -> list[ArcRelations]:
        """Those of each sentence, unpadded, as one term."""
        [term] = self.terms if len(self.terms) == 1 else [self.merged]
        return [ArcRelations((sentence,)) for sentence in term.unstack(lengths)]

    @classmethod
    def stack(cls, sentences: Sequence[ArcRelations]) -> ArcRelations:
        """The inverse of `unstack`."""
        terms = [term for sentence in sentences for term in sentence.terms]
        if all(isinstance(term, SparseRelations) for term in terms):
            return cls((SparseRelations.stack(cast("list[SparseRelations]", terms)),))
        return cls((RelationTables.stack(cast("list[RelationTables]", terms)),))

    @property
    def nbytes(self) -> int:
        return sum(term.nbytes for term in self.terms)

    @property
    def entropy(self) -> Tensor:
        """−Σ P(h → i, r) log P(h → i, r), shape (batch,)."""
        first = self.terms[0]
        rows = blocks(*first.shape[:2], first.num_relations)
        return torch.cat([entropy(self._block(some)).sum((1, 2)) for some in rows])

    def cross_entropy(self, scores: RelationScores) -> Tensor:
        """−Σ P(h → i, r) log softmax_r s(r, h → i), shape (batch,), differentiable in the scores."""
        few = [t for t in self.terms if isinstance(t, SparseRelations) and not scores.are_many(t.arcs)]
        others = ArcRelations(tuple(term for term in self.terms if term not in few))
        values = [term.cross_entropy(scores) for term in few]
        if others.terms:
            values.append(scores.cross_entropy(others._block))
        return torch.stack(values).sum(0)

    def _block(self, rows: slice) -> Tensor:
        """See `_Term.block`."""
        first, *others = [term.block(rows) for term in self.terms]
        return sum(others, start=first)
