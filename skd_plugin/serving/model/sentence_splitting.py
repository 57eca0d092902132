"""Splits a text into sentences: each word whose own best head is ROOT becomes the root of one."""

from typing import List

import numpy as np

from skd_plugin.structures import ArcLabels, Factorization


def local_heads(distribution: Factorization) -> List[np.ndarray]:
    """The best head of each word by itself, counted from 1; 0 is ROOT. One array per sentence."""
    heads = distribution.choices
    if isinstance(distribution, ArcLabels):
        heads = distribution.heads.gather(2, heads.unsqueeze(-1)).squeeze(-1)
    return [row[:n] for row, n in zip(heads.cpu().numpy(), distribution.lengths.tolist())]


def starts_between_roots(heads: np.ndarray, may_start: np.ndarray) -> np.ndarray:
    """
    The words, counted from 0, at which the second and all later sentences start.

    Between two roots the text is cut where it cuts the fewest arcs, at the first such word. Roots between which no
    sentence may start stay together.

    # Parameters

    heads : shape (n,), the best head of each word by itself, counted from 1; 0 is ROOT
    may_start : bool of shape (n,), the words at which a sentence may start
    """
    roots = np.flatnonzero(heads == 0)
    crossing = np.where(may_start, _arcs_across(heads), len(heads) + 1)
    best = [left + 1 + int(crossing[left + 1 : right + 1].argmin()) for left, right in zip(roots, roots[1:])]
    starts = np.array(best, dtype=np.int64)
    return starts[may_start[starts]]


def _arcs_across(heads: np.ndarray) -> np.ndarray:
    """For each word, the number of arcs that a cut before the word would cut."""
    words = np.flatnonzero(heads > 0)
    ends = np.stack([words, heads[words] - 1])
    changes = np.zeros(len(heads) + 1, dtype=np.int64)
    np.add.at(changes, ends.min(0) + 1, 1)
    np.add.at(changes, ends.max(0) + 1, -1)
    return changes.cumsum()[:-1]
