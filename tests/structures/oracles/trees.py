"""The specification of trees: every choice of heads for a sentence, and which of them are trees, by definition."""

from itertools import product
from typing import Callable, List, Sequence

import numpy as np


def is_tree(heads: Sequence[int]) -> bool:
    """Whether exactly one word has the head 0, and every word is reached from it; words count from 1."""
    return list(heads).count(0) == 1 and all(_reaches_root(word, heads) for word in range(1, len(heads) + 1))


def is_projective(heads: Sequence[int]) -> bool:
    """Whether it is a tree in which no two arcs cross and none covers the root."""
    arcs = [(min(arc), max(arc)) for arc in enumerate(heads, start=1)]
    return is_tree(heads) and not any(a < c < b < d for a, b in arcs for c, d in arcs)


def head_assignments(n: int, allowed: Callable[[Sequence[int]], bool] = lambda heads: True) -> np.ndarray:
    """All choices of a head for each of n words, none its own, shape (count, n): with `is_tree` the trees."""
    choices: List[List[int]] = [[head for head in range(n + 1) if head != word] for word in range(1, n + 1)]
    return np.array([heads for heads in product(*choices) if allowed(heads)], dtype=np.int64).reshape(-1, n)


def _reaches_root(word: int, heads: Sequence[int]) -> bool:
    for _ in heads:
        word = heads[word - 1] if word else 0
    return word == 0
