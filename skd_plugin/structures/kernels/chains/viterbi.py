"""Viterbi decoding, compiled: argmax_y Σ_i s_i[y_i] + Σ_{i≥2} T[y_{i−1}, y_i] over the legal label sequences."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from skd_plugin.structures.kernels.compiled import compiled_strictly


class Legal(NamedTuple):
    """Which labels may follow each other [from, to], begin a sentence, and end it: boolean arrays over the labels."""

    transitions: np.ndarray
    start: np.ndarray
    end: np.ndarray


class Search(NamedTuple):
    """
    The arguments of compiled decoding: float64 arrays on the CPU, with −∞ where a sequence would not be legal.

    scores : shape (batch, n, label)
    transitions : shape (label, label), [from, to]
    start, end : shape (label,), 0 or −∞
    lengths : shape (batch,)
    """

    scores: np.ndarray
    transitions: np.ndarray
    start: np.ndarray
    end: np.ndarray
    lengths: np.ndarray


def search(scores: Tensor, transitions: Tensor | None, lengths: Tensor, legal: Legal) -> Search:
    """
    Converts the arguments of decoding.

    See `best_sequences` for the parameters.
    """
    weights = np.zeros(legal.transitions.shape) if transitions is None else transitions.cpu().double().numpy()
    return Search(
        scores.detach().cpu().double().contiguous().numpy(),
        np.where(legal.transitions, weights, -np.inf),
        np.where(legal.start, 0.0, -np.inf),
        np.where(legal.end, 0.0, -np.inf),
        lengths.cpu().numpy(),
    )


def best_sequences(
    scores: Tensor, transitions: Tensor | None, lengths: Tensor, legal: Legal
) -> tuple[Tensor, np.ndarray]:
    """
    # Parameters

    scores : shape (batch, n, label), start and end scores included
    transitions : shape (label, label), [from, to]; None if they are all 0
    lengths : shape (batch,)
    legal : which sequences are legal

    # Returns

    The best labels, shape (batch, n), 0 on padding; and whether there is a legal sequence, shape (batch,).

    Runs compiled on the CPU for any device.
    """
    labels, exists = _batch(*search(scores, transitions, lengths, legal))
    return torch.from_numpy(labels).to(scores.device), exists


def best_by_word(scores: Tensor, lengths: Tensor, legal: Legal) -> tuple[Tensor, Tensor]:
    """
    The label with the highest score of each word, shape (batch, n), 0 on padding; and whether a sentence's labels are
    legal, shape (batch,). If they are, no legal sequence has a higher sum of scores.

    See `best_sequences` for the parameters. Runs compiled on the CPU for any device.
    """
    arrays = scores.detach().cpu().contiguous().numpy(), lengths.cpu().numpy()
    labels, is_legal = (torch.from_numpy(array).to(scores.device) for array in _by_word(*arrays, *legal))
    return labels, is_legal


@compiled_strictly
def _by_word(scores, lengths, transitions, start, end):  # type: ignore[no-untyped-def]
    batch, length, size = scores.shape
    labels, is_legal = np.zeros((batch, length), np.int64), np.ones(batch, np.bool_)
    for b in range(batch):
        for i in range(lengths[b]):
            found = 0
            for y in range(1, size):
                if scores[b, i, y] > scores[b, i, found]:
                    found = y
            labels[b, i] = found
            is_legal[b] &= start[found] if i == 0 else transitions[labels[b, i - 1], found]
        if lengths[b] > 0:
            is_legal[b] &= end[labels[b, lengths[b] - 1]]
    return labels, is_legal


@compiled_strictly
def _batch(scores, transitions, start, end, lengths):  # type: ignore[no-untyped-def]
    batch, length, size = scores.shape
    labels, exists = np.zeros((batch, length), np.int64), np.ones(batch, np.bool_)
    prefixes, back = np.empty((length, size)), transitions.T.copy()
    for b in range(batch):
        if lengths[b] > 0:
            _forward(scores[b, : lengths[b]], transitions, start, prefixes)
            exists[b] = _trace(prefixes[: lengths[b]], back, end, labels[b])
    return labels, exists


@compiled_strictly
def _forward(scores, transitions, start, prefixes):  # type: ignore[no-untyped-def]
    """prefixes[i, y]: the best score of a prefix that ends with label y at word i. `_trace` finds the labels before."""
    n, size = scores.shape
    for y in range(size):
        prefixes[0, y] = start[y] + scores[0, y]
    for i in range(1, n):
        prefixes[i] = -np.inf
        for previous in range(size):
            before = prefixes[i - 1, previous]
            for y in range(size):
                value = before + transitions[previous, y]
                prefixes[i, y] = value if value > prefixes[i, y] else prefixes[i, y]
        for y in range(size):
            prefixes[i, y] += scores[i, y]


@compiled_strictly
def _trace(prefixes, back, end, labels):  # type: ignore[no-untyped-def]
    """Writes the labels of the best sequence, last word first. Returns whether there is a legal one."""
    last = len(prefixes) - 1
    labels[last] = _largest(prefixes[last], end)
    exists = prefixes[last, labels[last]] + end[labels[last]] > -np.inf
    for i in range(last - 1, -1, -1):
        labels[i] = _largest(prefixes[i], back[labels[i + 1]])
    return exists


@compiled_strictly
def _largest(left, right):  # type: ignore[no-untyped-def]
    """The first y with the largest left[y] + right[y]."""
    found = 0
    for y in range(1, len(left)):
        if left[y] + right[y] > left[found] + right[found]:
            found = y
    return found
