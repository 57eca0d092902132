"""
The runs of tags B I … I L and U with a probability above a threshold, and the expected number of all runs, compiled.

A run is read from its last word to its first: P(y_i … y_j) = P(y_j) · Π_{i<k≤j} P(y_{k−1} | y_k). Each word makes the
product smaller, so the search stops at the first word at which it is not above the threshold.
"""

from __future__ import annotations

from math import exp

import numpy as np

from skd_plugin.structures.kernels.chains.tag_runs import forward
from skd_plugin.structures.kernels.compiled import compiled
from skd_plugin.structures.kernels.log_space import largest


@compiled
def steps_back(emissions, start, steps, lengths, tags, before_last, before_inner):  # type: ignore[no-untyped-def]
    """
    P(y_k = B | y_{k+1}) and P(y_k = I | y_{k+1}) in a chain, at each word k.

    # Parameters

    emissions : shape (batch, n, label), float64
    start : shape (label,)
    steps : transitions, shape (label, label), [from, to]
    lengths : shape (batch,)
    tags : the ids of B, I, L and U of each type, shape (type, 4); −1 for tags that do not exist
    before_last : zeros, shape (batch, n, 2, type); overwritten with the probabilities of B and I where y_{k+1} is L
    before_inner : the same, where y_{k+1} is I
    """
    batch, n, size = emissions.shape
    highest, weights = largest(steps.ravel(), size * size), np.empty_like(steps)
    for y in range(size):
        for z in range(size):
            weights[y, z] = exp(steps[y, z] - highest)
    alpha, arrivals, terms = np.empty((n, size)), np.empty((n, size)), np.empty(size)
    for b in range(batch):
        forward(emissions[b], start, steps, weights, highest, lengths[b], alpha, arrivals, terms)
        for k in range(lengths[b] - 1):
            for t in range(len(tags)):
                for place in range(2):
                    before, inner, last = tags[t, place], tags[t, 1], tags[t, 2]
                    if before >= 0 and last >= 0:
                        total = alpha[k, before] + steps[before, last] - arrivals[k + 1, last]
                        before_last[b, k, place, t] = exp(min(total, 0.0))
                    if before >= 0 and inner >= 0:
                        total = alpha[k, before] + steps[before, inner] - arrivals[k + 1, inner]
                        before_inner[b, k, place, t] = exp(min(total, 0.0))


@compiled
def runs_above(unit, last, before_last, before_inner, lengths, threshold, spans, found):  # type: ignore[no-untyped-def]
    """
    # Parameters

    unit, last : P(y_k = U) and P(y_k = L), shape (batch, n, type), float64
    before_last, before_inner : as `steps_back` writes them, shape (batch, n, 2, type)
    lengths : shape (batch,)
    threshold : above 0
    spans : shape (capacity, 4), integers; overwritten with sentence, first word, last word and type of each run
    found : shape (capacity,); overwritten with the probabilities

    # Returns

    The number of runs. If it is more than the capacity, those beyond it are not written.
    """
    size, count = unit.shape[2], 0
    for b in range(len(lengths)):
        for j in range(lengths[b]):
            for t in range(size):
                if unit[b, j, t] > threshold:
                    count = _add(b, j, j, t, unit[b, j, t], count, spans, found)
                run, before, k = last[b, j, t], before_last[b], j - 1
                while run > threshold and k >= 0:
                    if run * before[k, 0, t] > threshold:
                        count = _add(b, k, j, t, run * before[k, 0, t], count, spans, found)
                    run *= before[k, 1, t]
                    before, k = before_inner[b], k - 1
    return count


@compiled
def _add(row, first, last, kind, probability, count, spans, found):  # type: ignore[no-untyped-def]
    if count < len(found):
        spans[count, 0], spans[count, 1], spans[count, 2], spans[count, 3] = row, first, last, kind
        found[count] = probability
    return count + 1


@compiled
def expected_runs(unit, last, before_last, before_inner, lengths, totals):  # type: ignore[no-untyped-def]
    """
    The expected number of runs in each sentence.

    See `runs_above` for the parameters. `totals`, shape (batch,), is overwritten.
    """
    for b in range(len(lengths)):
        total = 0.0
        for t in range(unit.shape[2]):
            # Σ_j P(y_{k+1} … y_j = I … I L), over all last words j.
            inner = 0.0
            for k in range(lengths[b] - 1, -1, -1):
                total += unit[b, k, t]
                if k + 1 < lengths[b]:
                    end = last[b, k + 1, t]
                    total += end * before_last[b, k, 0, t] + inner * before_inner[b, k, 0, t]
                    inner = end * before_last[b, k, 1, t] + inner * before_inner[b, k, 1, t]
        totals[b] = total
