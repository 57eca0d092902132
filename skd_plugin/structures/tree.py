"""Dependency trees of a batch: y_i is the head of word i, 0 for ROOT, and the relation between the two."""

from __future__ import annotations

from typing import NamedTuple

from torch import Tensor


class Tree(NamedTuple):
    """
    heads : shape (batch, n), 0 (ROOT) to n; 0 on padding
    relations : shape (batch, n), ids of the labels, 0 on padding; None in unlabelled parsing
    """

    heads: Tensor
    relations: Tensor | None
