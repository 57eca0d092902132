"""Right-padding: sentences of n_1, n_2, … words as one (batch, n, …) tensor."""

from __future__ import annotations

from typing import Sequence

from torch import Tensor
from torch.nn.utils.rnn import pad_sequence


def pad(sentences: Sequence[Tensor]) -> Tensor:
    """Tensors (n_b, …) → (batch, n, …) with zeros (False) behind each sentence."""
    return pad_sequence(list(sentences), batch_first=True)
