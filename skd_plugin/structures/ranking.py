"""The k best structures of each sentence, y_1, …, y_k by descending P(y|x)."""

from __future__ import annotations

from typing import Any, NamedTuple

from torch import Tensor


class NBest(NamedTuple):
    """
    The k best well-formed structures of each sentence, best first.

    structures : as `Factorization.argmax` gives them, every tensor with an axis of ranks: (batch, k, n)
    log_probabilities : shape (batch, k), log P(y|x); −∞ (and zeros in `structures`) where there are fewer than k
    """

    structures: Any
    log_probabilities: Tensor
