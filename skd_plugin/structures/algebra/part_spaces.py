"""Part spaces: token labels, label bigrams, arcs, labels that denote arcs, and labelled spans."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar, Mapping, Sequence

import torch
from torch import Tensor

from skd_plugin.structures.algebra.arc_relations import ArcRelations, SparseRelations
from skd_plugin.structures.algebra.padding import Axes, pad
from skd_plugin.structures.algebra.parts import AnyParts as AnyParts
from skd_plugin.structures.algebra.parts import Parts as Parts
from skd_plugin.structures.algebra.parts import entropy, per_sentence, powers, scatter_labels


@dataclass(frozen=True, eq=False)
class Tokens(Parts):
    """Token labels: `tokens[b, i, y]` = P(y_i = y), shape (batch, n, label); zero on padding."""

    axes: ClassVar[Mapping[str, Axes]] = {"tokens": (0,)}
    tokens: Tensor

    @property
    def choices(self) -> Tensor:
        return self.tokens.argmax(-1)

    def relabeled(self, positions: Tensor, num_labels: int) -> Tokens:
        return Tokens(scatter_labels(self.tokens, positions, num_labels))

    def sharpened(self, temperature: float) -> Tokens:
        return Tokens(powers(self.tokens, 1 / temperature))

    @property
    def product_entropy(self) -> Tensor:
        return entropy(self.tokens).sum(1)


@dataclass(frozen=True, eq=False)
class Bigrams(Parts):
    """
    Label bigrams, summed over positions: a chain whose transitions do not depend on the position needs no more.

    `tokens[b, i, y]` = P(y_i = y), shape (batch, n, label); `transitions[b, y', y]` = Σ_{i≥2} P(y_{i−1} = y', y_i = y),
    shape (batch, previous, label).
    """

    axes: ClassVar[Mapping[str, Axes]] = {"tokens": (0,), "transitions": ()}
    tokens: Tensor
    transitions: Tensor

    @property
    def choices(self) -> Tensor:
        return self.tokens.argmax(-1)

    def relabeled(self, positions: Tensor, num_labels: int) -> Bigrams:
        columns_moved = scatter_labels(self.transitions, positions, num_labels)
        return Bigrams(
            scatter_labels(self.tokens, positions, num_labels),
            scatter_labels(columns_moved.transpose(1, 2), positions, num_labels).transpose(1, 2),
        )


@dataclass(frozen=True, eq=False, init=False)
class Arcs(Parts):
    """
    Arcs of dependency trees, and their relations.

    `arcs[b, i, h]` = P(h → i), shape (batch, n, n + 1), head 0 is ROOT; `labelled` has P(h → i, r), or is None in
    unlabelled parsing. Both are zero on padding and at a word's own column.

    # Parameters

    arcs : see above
    relations : as `labelled`, or a table of it, shape (batch, n, n + 1, relation)
    """

    axes: ClassVar[Mapping[str, Axes]] = {"arcs": (0, 1)}
    arcs: Tensor
    labelled: ArcRelations | None

    def __init__(self, arcs: Tensor, relations: Tensor | ArcRelations | None) -> None:
        object.__setattr__(self, "arcs", arcs)
        if isinstance(relations, Tensor):
            relations = ArcRelations((SparseRelations.of_table(relations),))
        object.__setattr__(self, "labelled", relations)

    @property
    def relations(self) -> Tensor | None:
        """P(h → i, r) as a table, shape (batch, n, n + 1, relation), which is made when it is asked for."""
        return None if self.labelled is None else self.labelled.table

    def __add__(self, other: Arcs) -> Arcs:
        if not isinstance(other, Arcs):
            return super().__add__(other)
        if self.labelled is None or other.labelled is None:
            return Arcs(self.arcs + other.arcs, None)
        return Arcs(self.arcs + other.arcs, self.labelled + other.labelled)

    def __mul__(self, weight: float | Tensor) -> Arcs:
        arcs = self.arcs * per_sentence(weight, self.arcs)
        return Arcs(arcs, None if self.labelled is None else self.labelled.weighted(weight))

    __rmul__ = __mul__

    @property
    def choices(self) -> Tensor:
        return self.arcs.argmax(-1)

    def relabeled(self, positions: Tensor, num_labels: int) -> Arcs:
        return self if self.labelled is None else Arcs(self.arcs, self.labelled.relabeled(positions, num_labels))

    def sharpened(self, temperature: float) -> Arcs:
        """Replaces P(h → i) and P(r | h → i) by their powers, each renormalized by itself."""
        arcs = powers(self.arcs, 1 / temperature)
        return Arcs(arcs, None if self.labelled is None else self.labelled.sharpened(temperature, arcs))

    @property
    def product_entropy(self) -> Tensor:
        return entropy(self.arcs).sum(1) if self.labelled is None else self.labelled.entropy

    def to(self, device: torch.device | str) -> Arcs:
        return Arcs(self.arcs.to(device), None if self.labelled is None else self.labelled.to(device))

    def unstack(self, lengths: Sequence[int]) -> list[Arcs]:
        arcs = [self.arcs[b : b + 1, :n, : n + 1].clone() for b, n in enumerate(lengths)]
        relations = len(arcs) * [None] if self.labelled is None else self.labelled.unstack(lengths)
        return list(map(Arcs, arcs, relations))

    @classmethod
    def stack(cls, sentences: Sequence[Arcs]) -> Arcs:
        arcs = pad([sentence.arcs for sentence in sentences], cls.axes["arcs"])
        relations = [sentence.labelled for sentence in sentences if sentence.labelled is not None]
        return Arcs(arcs, ArcRelations.stack(relations) if relations else None)

    @property
    def nbytes(self) -> int:
        return self.arcs.nbytes + (0 if self.labelled is None else self.labelled.nbytes)


@dataclass(frozen=True, eq=False)
class ArcTokens(Parts):
    """Token labels that denote arcs: `tokens[b, i, l]` = P(y_i = l), shape (batch, n, label); zero on padding."""

    axes: ClassVar[Mapping[str, Axes]] = {"tokens": (0,)}
    tokens: Tensor

    @property
    def choices(self) -> Tensor:
        return self.tokens.argmax(-1)

    def relabeled(self, positions: Tensor, num_labels: int) -> ArcTokens:
        """Returns these parts unchanged, because they are already on the student's label axis."""
        return self

    def sharpened(self, temperature: float) -> ArcTokens:
        return ArcTokens(powers(self.tokens, 1 / temperature))

    @property
    def product_entropy(self) -> Tensor:
        return entropy(self.tokens).sum(1)


@dataclass(frozen=True, eq=False)
class Spans(Parts):
    """
    Labelled spans: `spans[b, i, w, t]` = P(the w + 1 words from i on are a span of type t), shape (batch, n, width,
    type); zero on padding and for spans that would end beyond the sentence.
    """

    axes: ClassVar[Mapping[str, Axes]] = {"spans": (0, 0)}
    spans: Tensor

    @property
    def choices(self) -> Tensor:
        """The type that most probably covers each word, counted from 1; 0 if most probably none does."""
        covered = self.covered
        return torch.cat([1 - covered.sum(-1, keepdim=True), covered], -1).argmax(-1)

    @cached_property
    def covered(self) -> Tensor:
        """
        The expected number of spans of type t that contain word i, shape (batch, n, type), float64. If spans cannot
        overlap, this is the probability that word i is in a span of type t.
        """
        begin, end = self.spans.sum(2, dtype=torch.float64), sum_by_last_word(self.spans)
        return (begin.cumsum(1) - end.cumsum(1) + end).clamp(min=0)

    def with_widths(self, width: int) -> Spans:
        """Extends the axis of widths; the wider spans are expected 0 times."""
        return Spans(torch.nn.functional.pad(self.spans, (0, 0, 0, width - self.spans.shape[2])))

    def relabeled(self, positions: Tensor, num_labels: int) -> Spans:
        return Spans(scatter_labels(self.spans, positions, num_labels))

    def sharpened(self, temperature: float) -> Spans:
        """Replaces the probabilities of the types and of "no entity" by their powers, renormalized for each span."""
        return Spans(powers(self._with_no_entity, 1 / temperature)[..., 1:])

    @property
    def product_entropy(self) -> Tensor:
        return entropy(self._with_no_entity).sum((1, 2))

    @property
    def _with_no_entity(self) -> Tensor:
        """The probabilities of "no entity" and of the types, shape (batch, n, width, 1 + type)."""
        return torch.cat([1 - self.spans.sum(-1, keepdim=True), self.spans], -1).clamp(min=0)


def sum_by_last_word(spans: Tensor) -> Tensor:
    """Sums values of spans, shape (batch, n, width, type), by their last word: (batch, n, type), float64."""
    batch, n, width, num_types = spans.shape
    # Each row is padded by n and then read as if it were shorter by one, so each row moves one word further to the
    # right than the row before, and spans with the same last word come to stand in one column.
    padded = torch.nn.functional.pad(spans, (0, 0, 0, n)).flatten(1, 2)
    skewed = padded[:, : n * (width + n - 1)].view(batch, n, width + n - 1, num_types)
    return skewed[:, :, :n].sum(1, dtype=torch.float64)
