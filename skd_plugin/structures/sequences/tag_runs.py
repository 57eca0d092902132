"""Spans as runs of BIOUL tags of a chain, compiled: P(y_i … y_j) = P(y_j) · Π_{i<k≤j} P(y_{k−1} | y_k)."""

from __future__ import annotations

from math import exp

import numpy as np
import torch
from torch import Tensor

from skd_plugin.structures.algebra.structure import Segments, check_segments
from skd_plugin.structures.kernels.chains.forward_backward import Potentials
from skd_plugin.structures.kernels.log_space import compiled, largest, step
from skd_plugin.structures.sequences import bioul


def probabilities(chain: Potentials, tokens: Tensor, spans: Segments, mask: Tensor, labels: tuple[str, ...]) -> Tensor:
    """
    P(y_i … y_j = B I … I L | x), of spans of one word P(y_i = U | x): shape (batch, n), at the first words of the spans
    and 0 elsewhere.

    A chain is one backwards too, P(y_{k−1} = a | y_k = b) = α_{k−1}(a) e^{T(a, b)} / Σ_{a'} α_{k−1}(a') e^{T(a', b)},
    so it takes the forward variables alone, whose scale cancels at each word: no digits are lost in a long sentence.
    Runs on the CPU for any device, in the log domain, float64, O(n L²) for the sentences that have spans.

    # Parameters

    chain : potentials, whose transitions may be far below 0 for what is forbidden
    tokens : P(y_i = y), shape (batch, n, label), as exact as what is found
    spans : types are ids of `bioul.types(labels)`; they may share words
    mask : bool, shape (batch, n)
    labels : BIOUL tags; a span that they cannot write has probability 0
    """
    types = _types(labels)
    widths, kinds = check_segments(spans, mask, len(types))
    writable = torch.from_numpy(bioul.writable(labels, types)).to(mask.device)
    widths = widths * writable[widths.clamp(1, 3) - 1, kinds]
    emissions, steps, start, _ = (potential.detach().cpu().double().contiguous().numpy() for potential in chain)
    ends = tokens.cpu().double().contiguous().numpy()
    asked = [integers.cpu().contiguous().numpy() for integers in (widths, kinds)]
    found = np.zeros(widths.shape)
    _batch(emissions, start, steps, *asked, _tags(labels, types), ends, found)  # type: ignore[call-arg]
    return torch.from_numpy(found).to(tokens).clamp(0, 1)


def _types(labels: tuple[str, ...]) -> tuple[str, ...]:
    if not bioul.is_bioul(labels):
        raise ValueError(
            f"The labels are {', '.join(labels)}, expected BIOUL tags: other labels write no spans. Ask for "
            "tag_probabilities instead."
        )
    return bioul.types(labels)


def _tags(labels: tuple[str, ...], types: tuple[str, ...]) -> np.ndarray:
    """The ids of B, I, L and U of each type, shape (type, 4); −1 for tags that there are not."""
    places = {label: place for place, label in enumerate(labels)}
    return np.array([[places.get(f"{prefix}-{name}", -1) for prefix in "BILU"] for name in types])


@compiled
def _batch(emissions, start, steps, widths, kinds, tags, tokens, found):  # type: ignore[no-untyped-def]
    """
    # Parameters

    widths, kinds : of the spans that begin at a word, shape (batch, n); only spans whose tags there are
    tags : shape (type, 4)
    found : zeros, shape (batch, n); overwritten with the probabilities
    """
    batch, n, size = emissions.shape
    highest, weights = largest(steps.ravel(), size * size), np.empty_like(steps)
    for y in range(size):
        for z in range(size):
            weights[y, z] = exp(steps[y, z] - highest)
    alpha, arrivals, terms = np.empty((n, size)), np.empty((n, size)), np.empty(size)
    for b in range(batch):
        _forward(emissions[b], start, steps, weights, highest, _end(widths[b]), alpha, arrivals, terms)
        for i in range(n):
            if widths[b, i] == 1:
                found[b, i] = tokens[b, i, tags[kinds[b, i], 3]]
            elif widths[b, i] > 1:
                last, run = i + widths[b, i] - 1, tags[kinds[b, i]]
                before = _log_before(alpha, arrivals, steps, run, i, last)
                found[b, i] = tokens[b, last, run[2]] * exp(min(before, 0.0))


@compiled
def _end(widths):  # type: ignore[no-untyped-def]
    """How many words there are up to the last one of all spans."""
    end = 0
    for i in range(len(widths)):
        if widths[i] > 0:
            end = max(end, i + widths[i])
    return end


@compiled
def _forward(emissions, start, steps, weights, highest, end, alpha, arrivals, terms):  # type: ignore[no-untyped-def]
    """arrivals[i, y] = log Σ_a exp(alpha[i − 1, a] + steps[a, y]); alpha[i]: with word i, up to a constant."""
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
    """log P(y_i … y_{j−1} = B I … I | y_j = L), of the words i and j given."""
    total, after = 0.0, run[2]
    for k in range(last, first, -1):
        before = run[0] if k - 1 == first else run[1]
        total += alpha[k - 1, before] + steps[before, after] - arrivals[k, after]
        after = before
    return total
