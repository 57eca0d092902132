"""The structures y of a batch of sentences: sets of spans, dependency trees, and the k best of any kind."""

from __future__ import annotations

from typing import Any, NamedTuple

import torch
from torch import Tensor

from skd_plugin.structures.algebra.checks import check_ids, check_shapes


class Segments(NamedTuple):
    """
    widths : shape (batch, n), the number of words of the span that begins at a word; 0 where none does
    types : shape (batch, n), the id of its label; 0 where there is none
    """

    widths: Tensor
    types: Tensor


def check_flat(widths: Tensor, lengths: Tensor) -> None:
    """Raises if of the spans (batch, n) of a sentence two share a word, or one ends beyond it."""
    first = torch.arange(widths.shape[1], device=widths.device)
    ends = (first + widths).masked_fill(widths == 0, 0)
    before = torch.nn.functional.pad(ends, (1, 0))[:, :-1].cummax(1).values
    wrong = (ends > lengths.unsqueeze(1)) | ((widths > 0) & (before > first))
    if wrong.any():
        row, word = wrong.nonzero()[0].tolist()
        raise ValueError(
            f"Sentence {row + 1} of the batch, of {int(lengths[row])} words, has a span of {int(widths[row, word])} "
            f"from word {word + 1} on, which ends beyond the sentence or shares a word with the span before. Correct "
            "the spans; of those that overlap, keep one."
        )


def check_segments(spans: Segments, mask: Tensor, size: int) -> Segments:
    """
    Of spans, which may share words, and `size` types: 0 where none begins. Raises for shapes, for ids and widths out of
    range, and for a span that ends beyond its sentence.
    """
    check_shapes("widths", spans.widths, tuple(mask.shape), "batch, n")
    check_shapes("types", spans.types, tuple(mask.shape), "batch, n")
    widths = spans.widths.masked_fill(~mask, 0)
    check_ids("widths", widths, range(mask.shape[1] + 1))
    types = spans.types.masked_fill(widths == 0, 0)
    check_ids("type ids", types, range(size))
    beyond = torch.arange(mask.shape[1], device=mask.device) + widths > mask.sum(1, keepdim=True)
    if (beyond & mask).any():
        row, word = (beyond & mask).nonzero()[0].tolist()
        raise ValueError(
            f"Sentence {row + 1} of the batch, of {int(mask[row].sum())} words, has a span of {int(widths[row, word])} "
            f"from word {word + 1} on, which ends beyond the sentence. Correct the spans."
        )
    return Segments(widths, types)


def gather_spans(numbers: Tensor, spans: Segments) -> Tensor:
    """
    The numbers of these spans, of those of all (batch, n, width, type), at their first words: shape (batch, n), 0 where
    none begins, and for wider ones.
    """
    width, size = numbers.shape[2:]
    known = (spans.widths > 0) & (spans.widths <= width)
    places = ((spans.widths - 1) * size + spans.types).masked_fill(~known, 0)
    return numbers.flatten(2).gather(2, places.unsqueeze(-1)).squeeze(-1).where(known, 0.0)


class NBest(NamedTuple):
    """
    The k best well-formed structures of each sentence, best first.

    structures : as `Factorization.argmax` gives them, every tensor with an axis of ranks: (batch, k, n)
    log_probabilities : shape (batch, k), log P(y|x); −∞ (and zeros in `structures`) where there are fewer than k
    """

    structures: Any
    log_probabilities: Tensor


class Tree(NamedTuple):
    """
    heads : shape (batch, n), 0 (ROOT) to n; 0 on padding
    relations : shape (batch, n), ids of the labels, 0 on padding; None in unlabelled parsing
    """

    heads: Tensor
    relations: Tensor | None


def check_tree(tree: Tree, mask: Tensor, relations: range) -> Tree:
    """
    The tree with the head 0 and the first of these ids of relations on padding; without relations if there are no ids.
    Raises for shapes and for ids out of range.
    """
    check_shapes("heads", tree.heads, tuple(mask.shape), "batch, n")
    heads = tree.heads.masked_fill(~mask, 0)
    check_ids("heads", heads, range(mask.shape[1] + 1))
    if tree.relations is None or not relations:
        return Tree(heads, None)
    check_shapes("relations", tree.relations, tuple(mask.shape), "batch, n")
    ids = tree.relations.masked_fill(~mask, relations[0])
    check_ids("relation ids", ids, relations)
    return Tree(heads, ids)
