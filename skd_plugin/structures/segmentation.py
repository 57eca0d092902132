"""Decoding of spans: argmax Σ_{(i,j,t)∈y} s(i, j, t) over the sets y of spans that share no word, and the k best."""

from __future__ import annotations

from functools import partial

from torch import Tensor

from skd_plugin.structures import segment_decoding
from skd_plugin.structures.on_cpu import on_cpu
from skd_plugin.structures.segments import Segments


def best(scores: Tensor, lengths: Tensor) -> Segments:
    """
    The best set of spans, shape (batch, n), 0 on padding; of equally good ones, one of the fewest spans.

    See `n_best` for the parameters.
    """
    segments, _ = n_best(scores, lengths, 1)
    return Segments(*(part.squeeze(1) for part in segments))


def n_best(scores: Tensor, lengths: Tensor, k: int) -> tuple[Segments, Tensor]:
    """
    # Parameters

    scores : log-odds, shape (batch, n, width, type); what would end beyond the sentence is ignored, and words outside
        of spans score 0
    lengths : shape (batch,)

    # Returns

    The k best sets of spans, shape (batch, k, n), best first, and their scores, float64, shape (batch, k): −∞, and no
    spans, where there are fewer than k. Runs compiled on the CPU for any device, O(n · width · type · k²) at worst.
    """
    if k < 1:
        raise ValueError(f"k is {k}; ask for at least one structure.")
    widths, types, values = on_cpu(partial(segment_decoding.n_best, k=k), scores.double(), lengths)
    return Segments(widths, types), values
