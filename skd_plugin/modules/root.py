"""ROOT among the heads: a vector in front of the words'."""

import torch
from torch import Tensor


def with_root(root: Tensor, words: Tensor) -> Tensor:
    """`root` (features,) before `words` (batch, n, features): the candidates for heads, (batch, n + 1, features)."""
    return torch.cat([root.expand(len(words), 1, -1), words], 1)
