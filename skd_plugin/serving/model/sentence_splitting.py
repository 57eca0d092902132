"""Sentences of a text that is one tree so far: each word that chooses ROOT for itself is the root of one."""

from typing import List

import numpy as np

from skd_plugin.structures import ArcLabels, Factorization


def local_heads(found: Factorization) -> List[np.ndarray]:
    """The head that each word would choose by itself, counted from 1; 0 is ROOT. One array a sentence."""
    heads = found.choices
    if isinstance(found, ArcLabels):
        heads = found.heads.gather(2, heads.unsqueeze(-1)).squeeze(-1)
    return [row[:n] for row, n in zip(heads.cpu().numpy(), found.lengths.tolist())]


def starts(heads: np.ndarray) -> np.ndarray:
    """
    The words, counted from 0, at which the second and all further sentences start.

    Between two roots the text is cut where the fewest arcs are, at the first such place.
    """
    roots = np.flatnonzero(heads == 0)
    crossing = _arcs_across(heads)
    found = [left + 1 + int(crossing[left + 1 : right + 1].argmin()) for left, right in zip(roots, roots[1:])]
    return np.array(found, dtype=np.int64)


def _arcs_across(heads: np.ndarray) -> np.ndarray:
    """How many arcs there are between the words before each word and those from it on."""
    words = np.flatnonzero(heads > 0)
    ends = np.stack([words, heads[words] - 1])
    changes = np.zeros(len(heads) + 1, dtype=np.int64)
    np.add.at(changes, ends.min(0) + 1, 1)
    np.add.at(changes, ends.max(0) + 1, -1)
    return changes.cumsum()[:-1]
