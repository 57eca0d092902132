"""Flat spans of a batch: y is a set of labelled spans of which no two share a word."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from skd_plugin.structures.checks import check_ids, check_shapes


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


def checked(spans: Segments, mask: Tensor, size: int) -> Segments:
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


def gathered(numbers: Tensor, spans: Segments) -> Tensor:
    """
    The numbers of these spans, of those of all (batch, n, width, type), at their first words: shape (batch, n), 0 where
    none begins, and for wider ones.
    """
    width, size = numbers.shape[2:]
    known = (spans.widths > 0) & (spans.widths <= width)
    places = ((spans.widths - 1) * size + spans.types).masked_fill(~known, 0)
    return numbers.flatten(2).gather(2, places.unsqueeze(-1)).squeeze(-1).where(known, 0.0)
