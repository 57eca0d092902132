"""Random parsing problems: arc potentials of a teacher and a student, lengths and gold trees, all from one seed."""

from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist
from typing import NamedTuple

import torch
from torch import Tensor


class Words(NamedTuple):
    """Longest sentence, written `25`."""

    n: int

    @classmethod
    def parse(cls, text: str) -> "Words":
        """`25` as a size."""
        return cls(int(text))

    def __str__(self) -> str:
        return f"n={self.n}"


@dataclass(frozen=True)
class TreeProblem:
    """One cell's input: the same tensors for every implementation."""

    teacher: Tensor  # (batch, n, n + 1), log-potentials indexed [dependent, head], head 0 is ROOT
    student: Tensor  # the same
    lengths: Tensor  # (batch,), the first sentence has length n
    gold: Tensor  # (batch, n), the heads of trees with one root, 0 on padding

    @property
    def batch(self) -> int:
        """Number of sentences."""
        return len(self.lengths)

    @property
    def size(self) -> Words:
        """Longest sentence."""
        return Words(self.student.shape[1])

    @property
    def mask(self) -> Tensor:
        """Bool, (batch, n), true on words."""
        return torch.arange(self.size.n) < self.lengths.unsqueeze(1)

    @property
    def legal(self) -> Tensor:
        """Bool, (batch, n, n + 1), true where there can be an arc."""
        n = self.size.n
        not_own = torch.arange(n).unsqueeze(1) + 1 != torch.arange(n + 1)
        in_sentence = torch.arange(n + 1) <= self.lengths.unsqueeze(1)
        return self.mask.unsqueeze(2) & in_sentence.unsqueeze(1) & not_own


def random_trees(
    size: Words, seed: int, batch: int = 32, scale: float = 1.0, offset: float = 0.0, raised: float = 0.0
) -> TreeProblem:
    """
    Potentials N(0, scale²), lengths uniform in [n/2, n]. `offset` is added to or taken from all arcs of a word, which
    changes no probability; the student's arcs of the gold trees are `raised`.
    """
    (n,), generator = size, torch.Generator().manual_seed(seed)
    teacher, student = (scale * torch.randn(batch, n, n + 1, generator=generator) for _ in range(2))
    signs = 2 * torch.randint(2, (2, batch, n, 1), generator=generator) - 1
    lengths = torch.randint((n + 1) // 2, n + 1, (batch,), generator=generator)
    lengths[0] = n
    gold = torch.stack([_random_tree(length, n, generator) for length in lengths.tolist()])
    student = student.scatter_add(2, gold.unsqueeze(2), torch.full((batch, n, 1), raised))
    return TreeProblem(teacher + offset * signs[0], student + offset * signs[1], lengths, gold)


def trained_trees(size: Words, seed: int, batch: int = 32) -> TreeProblem:
    """As after training: the words' best heads are a tree already for about nine sentences of ten."""
    wrong = 0.2 / (0.75 * size.n) ** 2  # wanted of an arc beside a gold one; half of the wrong heads make no tree
    return random_trees(size, seed, batch, raised=sqrt(2) * NormalDist().inv_cdf(1 - wrong))


def _random_tree(length: int, n: int, generator: torch.Generator) -> Tensor:
    """Words in random order: the first depends on ROOT, each other one on a random word before it."""
    order = torch.randperm(length, generator=generator)
    heads = torch.zeros(n, dtype=torch.long)
    for place in range(1, length):
        heads[order[place]] = order[int(torch.randint(place, (), generator=generator))] + 1
    return heads
