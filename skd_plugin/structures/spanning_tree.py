"""Decoding of trees with one root: argmax_y Σ_i s(h_i → i); the best head of each word where those are a tree."""

from __future__ import annotations

import numpy as np
from numba import njit

from skd_plugin.structures import arborescence

_compiled = njit(cache=True, nogil=True, error_model="numpy", fastmath={"reassoc", "contract", "arcp"})


def best_trees(arcs: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    """
    The best dependency tree of each sentence, exactly one word of which depends on ROOT.

    # Parameters

    arcs : scores [dependent, head], float32 or float64, shape (batch, n, n + 1)
    lengths : shape (batch,)

    # Returns

    The head of each word, int64, shape (batch, n), 0 on padding.
    """
    arcs, lengths = np.ascontiguousarray(arcs), np.asarray(lengths, np.int64)
    heads: np.ndarray
    heads, found = _best_heads(arcs, lengths)
    if not found.all():
        arborescence.complete(arcs, lengths, heads, found)
    return heads


@_compiled
def _best_heads(arcs, lengths):  # type: ignore[no-untyped-def]
    """The best head of each word, and whether they are a tree, which is then the best (Stanojević and Cohen 2021)."""
    heads = np.zeros((arcs.shape[0], arcs.shape[1]), np.int64)
    found = np.ones(len(lengths), np.bool_)
    for b in range(len(lengths)):
        for word in range(1, lengths[b] + 1):
            heads[b, word - 1] = _best_head(arcs[b, word - 1], word, lengths[b])
        found[b] = lengths[b] == 0 or _is_tree(heads[b], lengths[b])
    return heads, found


@_compiled
def _best_head(scores, word, n):  # type: ignore[no-untyped-def]
    found, best = 0, scores[0]
    head = 1
    while head <= n:
        if scores[head] > best and head != word:
            found, best = head, scores[head]
        head += 1
        while head <= n and not scores[head] > best:  # most are skipped, by a jump that the processor foresees
            head += 1
    return found


@_compiled
def _is_tree(heads, n):  # type: ignore[no-untyped-def]
    """Whether exactly one word has the head 0, and no path of heads runs in a circle."""
    seen, roots = np.zeros(n + 1, np.int64), 0
    for word in range(1, n + 1):
        roots += heads[word - 1] == 0
        at = word
        while at > 0 and seen[at] == 0:
            seen[at] = word
            at = heads[at - 1]
        if at > 0 and seen[at] == word:
            return False
    return roots == 1
