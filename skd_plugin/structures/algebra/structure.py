"""
The structures y of a batch of sentences: sets of spans, dependency trees, and the k best structures of any kind.

Label sequences need no class: they are tensors of label ids, shape (batch, n).
"""

from __future__ import annotations

from typing import Any, NamedTuple

import torch
from torch import Tensor

from skd_plugin.structures.algebra.checks import check_ids, check_shapes


class Segments(NamedTuple):
    """
    widths : shape (batch, n), the number of words of the span that begins at a word; 0 where none begins
    types : shape (batch, n), the id of the span's label; 0 where none begins
    """

    widths: Tensor
    types: Tensor


class Tree(NamedTuple):
    """
    heads : shape (batch, n), 0 (ROOT) to n; 0 on padding
    relations : shape (batch, n), ids of the labels, 0 on padding; None in unlabelled parsing
    """

    heads: Tensor
    relations: Tensor | None


class NBest(NamedTuple):
    """
    The k best well-formed structures of each sentence, best first.

    structures : as `Factorization.argmax` returns them, with an additional axis of ranks: (batch, k, n)
    log_probabilities : shape (batch, k), log P(y|x); where there are fewer than k structures it is −∞, and `structures`
        are 0
    """

    structures: Any
    log_probabilities: Tensor


def check_segments(spans: Segments, mask: Tensor, num_types: int) -> Segments:
    """
    Returns the spans with 0 on padding, and with type 0 where no span begins. Spans may overlap.

    Raises `ValueError` for a wrong shape, for a width or a type id out of range, and for a span that ends beyond its
    sentence.
    """
    check_shapes("widths", spans.widths, tuple(mask.shape), "batch, n")
    check_shapes("types", spans.types, tuple(mask.shape), "batch, n")
    widths = spans.widths.masked_fill(~mask, 0)
    check_ids("widths", widths, range(mask.shape[1] + 1))
    types = spans.types.masked_fill(widths == 0, 0)
    check_ids("type ids", types, range(num_types))
    beyond = torch.arange(mask.shape[1], device=mask.device) + widths > mask.sum(1, keepdim=True)
    if (beyond & mask).any():
        row, word = (beyond & mask).nonzero()[0].tolist()
        raise ValueError(
            f"Sentence {row + 1} of the batch, of {int(mask[row].sum())} words, has a span of {int(widths[row, word])} "
            f"from word {word + 1} on, which ends beyond the sentence. Correct the spans."
        )
    return Segments(widths, types)


def check_flat(widths: Tensor, lengths: Tensor) -> None:
    """Raises `ValueError` if two spans of a sentence overlap or one ends beyond it; widths have shape (batch, n)."""
    first = torch.arange(widths.shape[1], device=widths.device)
    ends = (first + widths).masked_fill(widths == 0, 0)
    previous_end = torch.nn.functional.pad(ends, (1, 0))[:, :-1].cummax(1).values
    wrong = (ends > lengths.unsqueeze(1)) | ((widths > 0) & (previous_end > first))
    if wrong.any():
        row, word = wrong.nonzero()[0].tolist()
        raise ValueError(
            f"Sentence {row + 1} of the batch, of {int(lengths[row])} words, has a span of {int(widths[row, word])} "
            f"from word {word + 1} on, which ends beyond the sentence or overlaps with the span before it. Correct "
            "the spans; keep one of those that overlap."
        )


def gather_spans(table: Tensor, spans: Segments) -> Tensor:
    """
    Looks up one entry per span in a table of shape (batch, n, width, type).

    Returns shape (batch, n), each entry at the first word of its span. It is 0 where no span begins and for spans that
    are wider than the table.
    """
    width, num_types = table.shape[2:]
    in_table = (spans.widths > 0) & (spans.widths <= width)
    index = ((spans.widths - 1) * num_types + spans.types).masked_fill(~in_table, 0)
    return table.flatten(2).gather(2, index.unsqueeze(-1)).squeeze(-1).where(in_table, 0.0)


def check_tree(tree: Tree, mask: Tensor, relations: range) -> Tree:
    """
    Returns the tree with head 0 and the first of the ids in `relations` on padding; if `relations` is empty, the tree
    is returned unlabelled.

    Raises `ValueError` for a wrong shape and for a head or a relation id out of range.
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
