"""P(y_i … y_j = B I … I L) in chains of well-formed tags, compiled: exp(R_i(B) + S(i, j) + D_j(L) − log Z)."""

from __future__ import annotations

from math import exp
from typing import Any, Sequence

import numpy as np

from skd_plugin.structures.kernels.compiled import compiled
from skd_plugin.structures.kernels.log_space import largest, log_sum_exp, step


def span_marginals(
    emissions: np.ndarray,
    lengths: np.ndarray,
    shared: Sequence[np.ndarray],
    outside: int,
    tags: np.ndarray,
    width: int,
) -> np.ndarray:
    """
    # Parameters

    emissions : shape (batch, n, tag)
    lengths : shape (batch,)
    shared : transitions (tag, tag), start and end (tag,)
    outside : the id of the tag O
    tags : the ids of B, I, L and U of each type, shape (type, 4); −1 for tags that do not exist
    width : the maximal number of words of a span

    # Returns

    The marginals of spans, shape (batch, n, width, type), with the dtype of `emissions`; they are computed in float64.
    """
    # The id −1 of a missing tag selects the last entry of each axis, which is −∞.
    words = _pad_with_impossible_tag(emissions, [(0, 0), (0, 0), (0, 1)])
    transitions, start, end = (_pad_with_impossible_tag(potential, (0, 1)) for potential in shared)
    begin, inner, last, unit = tags.T
    opening, closing = (np.concatenate([[outside], unit, longer]) for longer in (begin, last))
    within = transitions[[begin, begin, inner, inner], [last, inner, inner, last]]
    between = transitions[np.ix_(closing, opening)]
    arrays = words[..., opening], words[..., inner], words[..., last], between, within, start[opening], end[closing]
    spans = np.zeros((*emissions.shape[:2], width, len(tags)), emissions.dtype)
    _batch(*map(np.ascontiguousarray, arrays), lengths, spans)
    return spans


def _pad_with_impossible_tag(potential: np.ndarray, pad_width: Any) -> np.ndarray:
    return np.pad(potential.astype(np.float64), pad_width, constant_values=-np.inf)


@compiled
def _batch(opening, inner, closing, between, within, start, end, lengths, spans):  # type: ignore[no-untyped-def]
    """
    Semi-Markov forward–backward in the log domain over segments: O, U of each type, and longer spans of each type. The
    tags that open a segment are O, U of each type and B of each type; those that close one have L instead of B.

    # Parameters

    All but the last two are float64, with −∞ for tags that do not exist.

    opening : emissions of O, of each U and each B, shape (batch, n, 1 + 2 · type)
    inner, closing : emissions of each I, and of each L, shape (batch, n, type)
    between : transitions from tags that close a segment to tags that open one, shape (1 + 2 · type, 1 + 2 · type)
    within : transitions B L, B I, I I and I L of each type, shape (4, type)
    start, end : start scores of tags that open a segment, end scores of tags that close one, shape (1 + 2 · type,)
    lengths : shape (batch,)
    spans : zeros, shape (batch, n, width, type); overwritten with the marginals
    """
    _, n, width, size = spans.shape
    units = 1 + 2 * size
    highest, weights, back, back_weights = _steps(between)
    scores, terms = np.empty((n, width, size)), np.empty(max(width, units))
    arrivals, closed = np.empty((n, units)), np.empty((n, units))
    departures, opened = np.empty((n, units)), np.empty((n, units))
    for b in range(len(lengths)):
        length = lengths[b]
        if length > 0:
            _score(inner[b], closing[b], within, length, scores)
            for k in range(units):
                arrivals[0, k], departures[length - 1, k] = start[k], end[k]
            _forward(opening[b], scores, between, weights, highest, length, arrivals, closed, terms)
            _backward(opening[b], scores, back, back_weights, highest, length, departures, opened, terms)
            for k in range(units):
                terms[k] = closed[length - 1, k] + end[k]
            _write(arrivals, scores, departures, log_sum_exp(terms, units), length, spans[b])


@compiled
def _steps(between):  # type: ignore[no-untyped-def]
    """The highest transition, exp(between − highest), and both matrices transposed."""
    units, highest = len(between), -np.inf
    weights, back, back_weights = np.empty_like(between), np.empty_like(between), np.empty_like(between)
    for c in range(units):
        highest = max(highest, largest(between[c], units))
    for c in range(units):
        for k in range(units):
            back[k, c] = between[c, k]
            weights[c, k] = back_weights[k, c] = exp(between[c, k] - highest)
    return highest, weights, back, back_weights


@compiled
def _score(inner, closing, within, length, scores):  # type: ignore[no-untyped-def]
    """S(i, j): the score of a span without its first emission and without the transitions around it; 0 for U."""
    _, width, size = scores.shape
    for i in range(length):
        for t in range(size):
            scores[i, 0, t] = 0.0
            middle = within[1, t]
            for w in range(1, min(width, length - i)):
                if w == 1:
                    scores[i, w, t] = within[0, t] + closing[i + w, t]
                    continue
                middle += inner[i + w - 1, t] if w == 2 else within[2, t] + inner[i + w - 1, t]
                scores[i, w, t] = middle + within[3, t] + closing[i + w, t]


@compiled
def _forward(opening, scores, steps, weights, highest, length, arrivals, closed, terms):  # type: ignore[no-untyped-def]
    """
    arrivals[i, k] = R_i(k), log Σ over the prefixes in which tag k of word i opens a segment, with its emission;
    closed[i, k], log Σ over the prefixes in which tag k of word i closes a segment.
    """
    _, width, size = scores.shape
    for i in range(length):
        if i > 0:
            step(closed[i - 1], steps, weights, highest, arrivals[i], terms)
        for k in range(1 + 2 * size):
            arrivals[i, k] += opening[i, k]
            closed[i, k] = arrivals[i, k]
        for t in range(size):
            long = 1 + size + t
            count = min(width - 1, i)
            for w in range(1, count + 1):
                terms[w - 1] = arrivals[i - w, long] + scores[i - w, w, t]
            closed[i, long] = log_sum_exp(terms, count)


@compiled
def _backward(opening, scores, steps, weights, highest, length, departures, opened, terms):  # type: ignore[no-untyped-def]
    """
    departures[i, k] = D_i(k), log Σ over the suffixes behind a segment that tag k of word i closes; opened[i, k],
    log Σ over the suffixes from a segment that tag k of word i opens, with its emission.
    """
    _, width, size = scores.shape
    for i in range(length - 1, -1, -1):
        if i < length - 1:
            step(opened[i + 1], steps, weights, highest, departures[i], terms)
        for k in range(1 + 2 * size):
            opened[i, k] = opening[i, k] + departures[i, k]
        for t in range(size):
            long = 1 + size + t
            count = min(width - 1, length - 1 - i)
            for w in range(1, count + 1):
                terms[w - 1] = scores[i, w, t] + departures[i + w, long]
            opened[i, long] = opening[i, long] + log_sum_exp(terms, count)


@compiled
def _write(arrivals, scores, departures, log_z, length, spans):  # type: ignore[no-untyped-def]
    _, width, size = scores.shape
    for i in range(length):
        for w in range(min(width, length - i)):
            for t in range(size):
                k = 1 + t if w == 0 else 1 + size + t
                spans[i, w, t] = exp(arrivals[i, k] + scores[i, w, t] + departures[i + w, k] - log_z)
