"""Right-padding: tensors of sentences of n_1, n_2, … words to one tensor (batch, n, …), and back."""

from __future__ import annotations

from typing import Sequence

import torch
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence

# By how much each axis that depends on a sentence's length is longer than the sentence: (0, 1) means (n, n + 1).
Axes = tuple[int, ...]


def pad(sentences: Sequence[Tensor], axes: Axes) -> Tensor:
    """Pads tensors of shape (1, n_b + axes[0], n_b + axes[1], …, fixed axes) with zeros (False) after each sentence."""
    if not axes:
        return torch.cat(list(sentences))
    if len(axes) == 1:
        return pad_sequence([sentence[0] for sentence in sentences], batch_first=True)
    first, num_axes = sentences[0], len(axes)
    sizes = [max(sentence.shape[1 + axis] for sentence in sentences) for axis in range(num_axes)]
    padded = first.new_zeros(len(sentences), *sizes, *first.shape[1 + num_axes :])
    for b, sentence in enumerate(sentences):
        # Not the rows of an iteration over `padded`: autograd does not allow writing to those.
        padded[b][tuple(map(slice, sentence.shape[1 : 1 + num_axes]))] = sentence[0]
    return padded


def pad_all(sentences: Sequence[Tensor | None], axes: Axes) -> Tensor | None:
    """Pads a potential that is None for all sentences or for none, as `pad` does."""
    tensors = [tensor for tensor in sentences if tensor is not None]
    return pad(tensors, axes) if tensors else None


def cut(value: Tensor | None, index: int, length: int, axes: Axes) -> Tensor | None:
    """Cuts one sentence out of a padded batch, as a batch of one with its own memory."""
    if value is None:
        return None
    return value[(slice(index, index + 1), *(slice(length + extra) for extra in axes))].clone()
