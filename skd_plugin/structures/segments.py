"""Flat spans of a batch: y is a set of labelled spans of which no two share a word."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor


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
