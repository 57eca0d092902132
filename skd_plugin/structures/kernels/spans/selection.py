"""
The best of given spans that do not overlap, by weighted interval scheduling, compiled:

    best_{j+1} = max(best_j, max over spans (i, j) of gain(i, j) + best_i)
"""

from __future__ import annotations

import numpy as np

from skd_plugin.structures.kernels.compiled import compiled_strictly


@compiled_strictly
def select_spans(rows, first, last, gains, chosen):  # type: ignore[no-untyped-def]
    """
    Chooses spans that do not overlap with the largest sum of gains. A span with a gain of 0 or less is never chosen.

    # Parameters

    rows, first, last : the sentence of each span and its first and last words, shape (count,), ordered by sentence and
        by last word
    gains : shape (count,), float64
    chosen : False, bool, shape (count,); overwritten
    """
    begin = 0
    while begin < len(rows):
        end = begin
        while end < len(rows) and rows[end] == rows[begin]:
            end += 1
        _select_in_sentence(first[begin:end], last[begin:end], gains[begin:end], chosen[begin:end])
        begin = end


@compiled_strictly
def _select_in_sentence(first, last, gains, chosen):  # type: ignore[no-untyped-def]
    """best[j] is the largest sum of the words before j, and spans[j] the span that ends there in it, or −1."""
    length = last[len(last) - 1] + 1
    best, spans = np.zeros(length + 1), np.empty(length + 1, np.int64)
    k = 0
    for j in range(length):
        best[j + 1], spans[j + 1] = best[j], -1
        while k < len(last) and last[k] == j:
            value = best[first[k]] + gains[k]
            if value > best[j + 1]:
                best[j + 1], spans[j + 1] = value, k
            k += 1
    j = length
    while j > 0:
        if spans[j] < 0:
            j -= 1
        else:
            chosen[spans[j]] = True
            j = first[spans[j]]
