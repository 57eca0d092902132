"""What a form of labels has to be able to do: to read them of a line, and to make distributions of them."""

from abc import ABC, abstractmethod
from typing import Any, ClassVar, Sequence, Tuple

import numpy as np
import torch
from torch import Tensor

from skd_plugin.distillation.teachers.models.soft_labels.records import Record
from skd_plugin.structures import Factorization


class Form(ABC):
    """
    The labels of a file. Every line is surveyed once, which finds out the names of all labels; then lines are read
    again as their sentences are asked for.
    """

    scored_words: ClassVar[int] = 1
    """How many words a label is about; see `TeacherModel`."""

    @abstractmethod
    def survey(self, record: Record) -> None:
        """Checks a line, and takes note of its labels. Raises `Misread`."""

    def complete(self) -> None:  # noqa: B027  most forms have nothing to do
        """Is called when all lines were surveyed. Raises `Misread` if the file as a whole has no labels."""

    @abstractmethod
    def factorize(self, records: Sequence[Record]) -> Factorization:
        """The distributions of some sentences, all of which were surveyed, as one batch."""


def mask_of(records: Sequence[Record]) -> Tensor:
    """Which words there are, shape (batch, n)."""
    lengths = torch.tensor([len(record.words) for record in records])
    return torch.arange(int(lengths.max())) < lengths.unsqueeze(1)


def float_tensor(array: Any) -> Tensor:
    return torch.from_numpy(np.asarray(array, dtype=np.float32))


def word_name(record: Record, index: int) -> str:
    """What messages call a word."""
    return f"word {index + 1} ({record.words[index]!r})"


def numbered(names: Sequence[str]) -> "Tuple[Tuple[str, ...], dict[str, int]]":
    """Distinct names in their order, and their numbers."""
    ordered = tuple(sorted(set(names)))
    return ordered, {name: number for number, name in enumerate(ordered)}
