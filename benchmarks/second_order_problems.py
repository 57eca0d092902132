"""Random second-order parsing problems: scores of arcs and of pairs of arcs."""

from dataclasses import dataclass

import torch
from torch import Tensor

from benchmarks.tree_problems import TreeProblem, Words, random_trees


@dataclass(frozen=True)
class SecondOrderProblem:
    """The student's arcs of `trees`, and what is added for pairs of them; the last two are for graphs only."""

    trees: TreeProblem
    siblings: Tensor  # (batch, n, n + 1, n), [dependent, head, other dependent of the head]
    grandparents: Tensor  # (batch, n, n + 1, n + 1), [dependent, head, head of the head]
    coparents: Tensor  # (batch, n, n + 1, n), [dependent, head, other head of the dependent, a word]
    grandchildren: Tensor  # (batch, n, n + 1, n), [dependent, head, dependent of the dependent]

    @property
    def size(self) -> Words:
        """Longest sentence."""
        return self.trees.size


def random_second_order(size: Words, seed: int, batch: int = 32) -> SecondOrderProblem:
    """All scores N(0, 1)."""
    (n,), generator = size, torch.Generator().manual_seed(seed + 1)
    pairs = (torch.randn(batch, n, n + 1, end, generator=generator) for end in (n, n + 1, n, n))
    return SecondOrderProblem(random_trees(size, seed, batch), *pairs)
