"""
Probabilities of runs of tags, compiled: in a chain P(y_i … y_j) = P(y_j) · Π_{i<k≤j} P(y_{k−1} | y_k); of tags that
are independent of each other, Π_k P(y_k).
"""

from __future__ import annotations

from math import exp, log

import numpy as np

from skd_plugin.structures.kernels.compiled import compiled
from skd_plugin.structures.kernels.log_space import largest, step


@compiled
def run_probabilities(emissions, start, steps, widths, types, tags, tokens, probabilities):  # type: ignore[no-untyped-def]
    """
    # Parameters

    emissions : shape (batch, n, label), float64
    start : shape (label,)
    steps : transitions, shape (label, label), [from, to]
    widths, types : of the spans that begin at a word, shape (batch, n); all tags of these spans must exist
    tags : the ids of B, I, L and U of each type, shape (type, 4)
    tokens : P(y_i = y), shape (batch, n, label)
    probabilities : zeros, shape (batch, n); overwritten with the probabilities
    """
    batch, n, size = emissions.shape
    highest, weights = largest(steps.ravel(), size * size), np.empty_like(steps)
    for y in range(size):
        for z in range(size):
            weights[y, z] = exp(steps[y, z] - highest)
    alpha, arrivals, terms = np.empty((n, size)), np.empty((n, size)), np.empty(size)
    for b in range(batch):
        forward(emissions[b], start, steps, weights, highest, _end(widths[b]), alpha, arrivals, terms)
        for i in range(n):
            if widths[b, i] == 1:
                probabilities[b, i] = tokens[b, i, tags[types[b, i], 3]]
            elif widths[b, i] > 1:
                last, run = i + widths[b, i] - 1, tags[types[b, i]]
                before = _log_before(alpha, arrivals, steps, run, i, last)
                probabilities[b, i] = tokens[b, last, run[2]] * exp(min(before, 0.0))


@compiled
def independent_run_probabilities(scores, widths, types, tags, probabilities):  # type: ignore[no-untyped-def]
    """
    # Parameters

    scores : shape (batch, n, label)
    widths, types, tags : see `run_probabilities`; −1 for tags that do not exist
    probabilities : zeros, shape (batch, n), float64; overwritten with the probabilities
    """
    batch, n, _ = scores.shape
    for b in range(batch):
        for i in range(n):
            if widths[b, i] > 0:
                last, run, total = i + widths[b, i] - 1, tags[types[b, i]], 0.0
                for k in range(i, last + 1):
                    tag = run[3] if i == last else run[0] if k == i else run[2] if k == last else run[1]
                    total += _log_probability(scores[b, k], tag) if tag >= 0 else -np.inf
                probabilities[b, i] = exp(total)


@compiled
def _log_probability(scores, tag):  # type: ignore[no-untyped-def]
    """log softmax(scores)[tag], in float64."""
    peak, total = largest(scores, len(scores)), 0.0
    for y in range(len(scores)):
        total += exp(float(scores[y] - peak))
    return float(scores[tag] - peak) - log(total)


@compiled
def _end(widths):  # type: ignore[no-untyped-def]
    """The number of words up to the last word of any span."""
    end = 0
    for i in range(len(widths)):
        if widths[i] > 0:
            end = max(end, i + widths[i])
    return end


@compiled
def forward(emissions, start, steps, weights, highest, end, alpha, arrivals, terms):  # type: ignore[no-untyped-def]
    """arrivals[i, y] = log Σ_a exp(alpha[i − 1, a] + steps[a, y]); alpha[i] adds the emissions, up to a constant."""
    size = len(start)
    for i in range(end):
        if i == 0:
            arrivals[0] = start
        else:
            step(alpha[i - 1], steps, weights, highest, arrivals[i], terms)
        for y in range(size):
            alpha[i, y] = arrivals[i, y] + emissions[i, y]
        peak = largest(alpha[i], size)
        for y in range(size):
            alpha[i, y] -= peak


@compiled
def _log_before(alpha, arrivals, steps, run, first, last):  # type: ignore[no-untyped-def]
    """log P(y_i … y_{j−1} = B I … I | y_j = L) for the words i = `first` and j = `last`."""
    total, after = 0.0, run[2]
    for k in range(last, first, -1):
        before = run[0] if k - 1 == first else run[1]
        total += alpha[k - 1, before] + steps[before, after] - arrivals[k, after]
        after = before
    return total
