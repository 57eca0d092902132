"""Right-padding: sentences of n_1, n_2, … words as one (batch, n, …) tensor and its mask."""

from __future__ import annotations

from typing import Sequence

import torch
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence


def pad(sentences: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
    """Tensors (n_b, …) → (batch, n, …) with zeros behind each sentence, and the bool mask (batch, n)."""
    padded = pad_sequence(list(sentences), batch_first=True)
    lengths = torch.tensor([len(sentence) for sentence in sentences], device=padded.device)
    return padded, torch.arange(padded.shape[1], device=padded.device) < lengths.unsqueeze(1)
