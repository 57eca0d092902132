"""The specification of mean field: F(h → i), the expected score of the second-order parts of an arc, in plain loops."""

from typing import List

import numpy as np


def mean_field(arcs: np.ndarray, siblings: np.ndarray, grandparents: np.ndarray, iterations: int) -> np.ndarray:
    """
    The last logits, 0 at a word's own column, shape (n, n + 1).

    Words are rows from 0 and columns from 1; `siblings[i, h, k]`, and `grandparents[i, h, g]` where g is the head of h.
    """
    words = range(len(arcs))
    logits = arcs.copy()
    for _ in range(iterations):
        beliefs = [_softmax(logits[i], i + 1) for i in words]
        logits = np.array([arcs[i] + _messages(siblings, grandparents, beliefs, i) for i in words])
    np.fill_diagonal(logits[:, 1:], 0)
    return logits


def _softmax(scores: np.ndarray, own: int) -> np.ndarray:
    """0 at a word's own column."""
    peak = np.delete(scores, own).max()
    weights = np.array([0.0 if head == own else np.exp(score - peak) for head, score in enumerate(scores)])
    return weights / weights.sum()


def _messages(siblings: np.ndarray, grandparents: np.ndarray, beliefs: List[np.ndarray], i: int) -> List[float]:
    """F(h → i) for every h, given beliefs that are 0 where a word would be its own head."""
    heads, others, row = range(len(beliefs) + 1), [k for k in range(len(beliefs)) if k != i], []
    for h in heads:
        beside = sum(siblings[i, h, k] * beliefs[k][h] for k in others)
        above = sum(grandparents[i, h, g] * beliefs[h - 1][g] for g in heads if h > 0 and g != i + 1)
        below = sum(grandparents[k, i + 1, h] * beliefs[k][i + 1] for k in others if h != k + 1)
        row.append(beside + above + below)
    return row
