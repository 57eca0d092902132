"""Random linear-chain problems: a teacher, a student, sentence lengths and gold labels, all from one seed."""

from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

FORBIDDEN = -1e4


class Size(NamedTuple):
    """Longest sentence and number of labels, written `25x9`."""

    n: int
    labels: int

    @classmethod
    def parse(cls, text: str) -> "Size":
        """`25x9` as a size."""
        n, labels = text.split("x")
        return cls(int(n), int(labels))

    def __str__(self) -> str:
        return f"n={self.n}, L={self.labels}"


class Chain(NamedTuple):
    """The potentials of a batch of linear chains."""

    emissions: Tensor  # (batch, n, label)
    transitions: Tensor  # (previous, label)
    start: Tensor  # (label,)
    end: Tensor  # (label,)

    def leaves(self) -> "Chain":
        """A copy whose four tensors are autograd leaves, as a model's outputs and parameters would be."""
        return Chain(*(tensor.detach().clone().requires_grad_() for tensor in self))

    def double(self) -> "Chain":
        """The same potentials in float64, as autograd leaves."""
        return Chain(*(tensor.detach().double().requires_grad_() for tensor in self))


@dataclass(frozen=True)
class Problem:
    """One cell's input: the same tensors for every implementation."""

    teacher: Chain
    student: Chain
    lengths: Tensor  # (batch,), the first sentence has length n
    gold: Tensor  # (batch, n)

    @property
    def batch(self) -> int:
        """Number of sentences."""
        return len(self.lengths)

    @property
    def size(self) -> Size:
        """Longest sentence and number of labels."""
        return Size(*self.student.emissions.shape[1:])

    @property
    def mask(self) -> Tensor:
        """Bool, (batch, n), true on words."""
        return torch.arange(self.size.n) < self.lengths.unsqueeze(1)


def random_problem(size: Size, seed: int, batch: int = 32, scale: float = 1.0, bioes: bool = False) -> Problem:
    """Potentials N(0, scale²), lengths uniform in [n/2, n]; with `bioes`, illegal transitions are forbidden."""
    generator = torch.Generator().manual_seed(seed)
    teacher, student = (_random_chain(size, batch, scale, generator) for _ in range(2))
    if bioes:
        teacher, student = _forbid_illegal(teacher), _forbid_illegal(student)
    lengths = torch.randint((size.n + 1) // 2, size.n + 1, (batch,), generator=generator)
    lengths[0] = size.n
    gold = torch.randint(size.labels, (batch, size.n), generator=generator)
    return Problem(teacher, student, lengths, gold)


def _random_chain(size: Size, batch: int, scale: float, generator: torch.Generator) -> Chain:
    n, labels = size
    shapes = ((batch, n, labels), (labels, labels), (labels,), (labels,))
    return Chain(*(scale * torch.randn(shape, generator=generator) for shape in shapes))


def _forbid_illegal(chain: Chain) -> Chain:
    """Labels are O, then B I E S of each type: I and E continue a span, all others begin or follow one."""
    kind = torch.arange(len(chain.start)).sub(1).remainder(4)
    kind[0] = 3  # O behaves like S
    entity = torch.arange(len(chain.start)).sub(1).div(4, rounding_mode="floor")
    inside_after, inside_before = kind <= 1, (kind == 1) | (kind == 2)  # B I lead into a span, I E come from one
    same = entity.unsqueeze(1) == entity
    legal = torch.where(inside_after.unsqueeze(1), inside_before & same, ~inside_before)
    return Chain(
        chain.emissions,
        chain.transitions.masked_fill(~legal, FORBIDDEN),
        chain.start.masked_fill(inside_before, FORBIDDEN),
        chain.end.masked_fill(inside_after, FORBIDDEN),
    )
