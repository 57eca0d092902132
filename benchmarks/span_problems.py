"""Random problems of flat spans: scores of a teacher and a student, a student that labels words, and lengths."""

from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

TYPES = ("LOC", "MISC", "ORG", "PER")
TAGS = ("O", *(f"{prefix}-{name}" for prefix in "BILU" for name in TYPES))


class Extent(NamedTuple):
    """Longest sentence and widest span, written `25k10`."""

    n: int
    width: int

    @classmethod
    def parse(cls, text: str) -> "Extent":
        """`25k10` as a size."""
        n, width = text.split("k")
        return cls(int(n), int(width))

    def __str__(self) -> str:
        return f"n={self.n}, K={self.width}"


@dataclass(frozen=True)
class SpanProblem:
    """One cell's input: the same tensors for every implementation."""

    teacher: Tensor  # (batch, n, width, type), log-odds indexed [first, width − 1, type]
    student: Tensor  # the same
    tagger: Tensor  # (batch, n, tag), the scores of a student that labels words
    lengths: Tensor  # (batch,), the first sentence has length n

    @property
    def batch(self) -> int:
        """Number of sentences."""
        return len(self.lengths)

    @property
    def size(self) -> Extent:
        """Longest sentence and widest span."""
        return Extent(*self.student.shape[1:3])

    @property
    def mask(self) -> Tensor:
        """Bool, (batch, n), true on words."""
        return torch.arange(self.size.n) < self.lengths.unsqueeze(1)

    @property
    def legal(self) -> Tensor:
        """Bool, (batch, n, width, 1), true where a span ends within the sentence."""
        n, width = self.size
        last = torch.arange(n).unsqueeze(1) + torch.arange(width)
        return (last < self.lengths.view(-1, 1, 1)).unsqueeze(3)


class ByLast(NamedTuple):
    """What an implementation found of spans where it indexes them [first, last, type]: (batch, n, n, type)."""

    spans: Tensor

    def by_width(self, width: int) -> Tensor:
        """Indexed [first, width − 1, type], 0 where a span would end beyond the tensor."""
        n = self.spans.shape[1]
        last = torch.arange(n).unsqueeze(1) + torch.arange(width)
        found = self.spans[:, torch.arange(n).unsqueeze(1), last.clamp(max=n - 1)]
        return found.where((last < n).unsqueeze(2), 0)


def by_last(spans: Tensor, missing: float) -> Tensor:
    """Scores of [first, width − 1, type] as [first, last, type], `missing` where there is no such span."""
    batch, n, width, types = spans.shape
    found = spans.new_full((batch, n, n, types), missing)
    for first in range(n):
        found[:, first, first : first + width] = spans[:, first, : n - first]
    return found


def random_spans(size: Extent, seed: int, batch: int = 32, scale: float = 1.0) -> SpanProblem:
    """Scores N(0, scale²), lengths uniform in [n/2, n]."""
    (n, width), generator = size, torch.Generator().manual_seed(seed)
    shapes = ((batch, n, width, len(TYPES)),) * 2 + ((batch, n, len(TAGS)),)
    scores = (scale * torch.randn(shape, generator=generator) for shape in shapes)
    lengths = torch.randint((n + 1) // 2, n + 1, (batch,), generator=generator)
    lengths[0] = n
    return SpanProblem(*scores, lengths)
