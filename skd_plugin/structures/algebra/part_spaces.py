"""Part spaces: token labels, label bigrams, arcs, labels that denote arcs, and labelled spans."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor

from skd_plugin.structures.algebra.parts import AnyParts as AnyParts
from skd_plugin.structures.algebra.parts import Parts as Parts
from skd_plugin.structures.algebra.parts import entropy, powers


@dataclass(frozen=True, eq=False)
class Tokens(Parts):
    """
    Token labels. `tokens[b, i, y]` = P(y_i = y), shape (batch, n, label); zero on padding.
    """

    tokens: Tensor

    @property
    def choices(self) -> Tensor:
        return self.tokens.argmax(-1)

    def relabeled(self, positions: Tensor, size: int) -> Tokens:
        return Tokens(_spread(self.tokens, positions, size))

    def sharpened(self, temperature: float) -> Tokens:
        return Tokens(powers(self.tokens, 1 / temperature))

    @property
    def product_entropy(self) -> Tensor:
        return entropy(self.tokens).sum(1)


@dataclass(frozen=True, eq=False)
class Bigrams(Parts):
    """
    Label bigrams, compactly: with position-independent transitions the sum over positions is all that a chain needs.

    `tokens[b, i, y]` = P(y_i = y), shape (batch, n, label); `transitions[b, y', y]` = Σ_{i≥2} P(y_{i−1} = y', y_i = y),
    shape (batch, previous, label).
    """

    tokens: Tensor
    transitions: Tensor

    @property
    def choices(self) -> Tensor:
        return self.tokens.argmax(-1)

    def relabeled(self, positions: Tensor, size: int) -> Bigrams:
        rows = _spread(self.transitions, positions, size)
        return Bigrams(
            _spread(self.tokens, positions, size),
            _spread(rows.transpose(1, 2), positions, size).transpose(1, 2),
        )


@dataclass(frozen=True, eq=False)
class Arcs(Parts):
    """
    Arcs of dependency trees, and what relation each is. `arcs[b, i, h]` = P(h → i), shape (batch, n, n + 1), head 0 is
    ROOT; `relations[b, i, h, r]` = P(h → i, r), shape (batch, n, n + 1, relation), or None in unlabelled parsing. Zero
    on padding and at a word's own column.
    """

    arcs: Tensor
    relations: Tensor | None

    @property
    def choices(self) -> Tensor:
        return self.arcs.argmax(-1)

    def relabeled(self, positions: Tensor, size: int) -> Arcs:
        return Arcs(self.arcs, None if self.relations is None else _spread(self.relations, positions, size))

    def sharpened(self, temperature: float) -> Arcs:
        """Arcs over the heads of a word, relations over those of an arc."""
        arcs = powers(self.arcs, 1 / temperature)
        if self.relations is None:
            return Arcs(arcs, None)
        return Arcs(arcs, arcs.unsqueeze(-1) * powers(self.relations, 1 / temperature))

    @property
    def product_entropy(self) -> Tensor:
        joint = self.arcs.unsqueeze(-1) if self.relations is None else self.relations
        return entropy(joint.flatten(2)).sum(1)


@dataclass(frozen=True, eq=False)
class ArcTokens(Parts):
    """
    Token labels that each denote an arc. `tokens[b, i, l]` = P(y_i = l), shape (batch, n, label); zero on padding.
    """

    tokens: Tensor

    @property
    def choices(self) -> Tensor:
        return self.tokens.argmax(-1)

    def relabeled(self, positions: Tensor, size: int) -> ArcTokens:
        """Unchanged: these are on the student's own axis, which the relations' names do not number."""
        return self

    def sharpened(self, temperature: float) -> ArcTokens:
        return ArcTokens(powers(self.tokens, 1 / temperature))

    @property
    def product_entropy(self) -> Tensor:
        return entropy(self.tokens).sum(1)


@dataclass(frozen=True, eq=False)
class Spans(Parts):
    """
    Labelled spans. `spans[b, i, w, t]` = P(the w + 1 words from i on are a span of type t), shape (batch, n, width,
    type); zero on padding and where a span would not end within the sentence.
    """

    spans: Tensor

    @property
    def choices(self) -> Tensor:
        """The type that most probably covers a word, counted from 1; 0 for none."""
        covered = self.covered
        return torch.cat([1 - covered.sum(-1, keepdim=True), covered], -1).argmax(-1)

    @cached_property
    def covered(self) -> Tensor:
        """
        The expected number of spans of type t that word i is in, shape (batch, n, type), float64; where spans share no
        word, the probability that it is in one.
        """
        opened, closed = self.spans.sum(2, dtype=torch.float64), at_ends(self.spans)
        return (opened.cumsum(1) - closed.cumsum(1) + closed).clamp(min=0)

    def with_widths(self, width: int) -> Spans:
        """On a longer axis of widths; wider spans are expected 0 times."""
        return Spans(torch.nn.functional.pad(self.spans, (0, 0, 0, width - self.spans.shape[2])))

    def relabeled(self, positions: Tensor, size: int) -> Spans:
        return Spans(_spread(self.spans, positions, size))

    def sharpened(self, temperature: float) -> Spans:
        """Over the types of a span and "no entity"."""
        return Spans(powers(self._with_none, 1 / temperature)[..., 1:])

    @property
    def product_entropy(self) -> Tensor:
        return entropy(self._with_none).sum((1, 2))

    @property
    def _with_none(self) -> Tensor:
        """Before the types "no entity": shape (batch, n, width, 1 + type)."""
        return torch.cat([1 - self.spans.sum(-1, keepdim=True), self.spans], -1).clamp(min=0)


def at_ends(spans: Tensor) -> Tensor:
    """Numbers of spans (batch, n, width, type), summed by their last word: (batch, n, type), float64."""
    batch, n, width, size = spans.shape
    # Rows longer by n, then shorter by one: each begins one place further to the right than the row before.
    longer = torch.nn.functional.pad(spans, (0, 0, 0, n)).flatten(1, 2)
    skewed = longer[:, : n * (width + n - 1)].view(batch, n, width + n - 1, size)
    return skewed[:, :, :n].sum(1, dtype=torch.float64)


def _spread(values: Tensor, positions: Tensor, size: int) -> Tensor:
    """Moves the last axis into one of `size`: column k goes to column `positions[k]`; −1 is one that is cut off."""
    grown = values.new_zeros(*values.shape[:-1], size + 1)
    return grown.index_copy_(-1, positions % (size + 1), values)[..., :size]
