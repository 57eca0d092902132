"""Right-padding: sentences of n_1, n_2, … words as one (batch, n, …) tensor, and back."""

from __future__ import annotations

from typing import Sequence

from torch import Tensor

# By how much each axis that depends on a sentence's length is longer than the sentence: (0, 1) means (n, n + 1).
Axes = tuple[int, ...]


def pad(sentences: Sequence[Tensor], axes: Axes) -> Tensor:
    """Tensors of shape (1, n_b + axes[0], n_b + axes[1], …, rest) as one, with zeros (False) behind each sentence."""
    first, count = sentences[0], len(axes)
    sizes = [max(sentence.shape[1 + k] for sentence in sentences) for k in range(count)]
    padded = first.new_zeros(len(sentences), *sizes, *first.shape[1 + count :])
    for row, sentence in zip(padded, sentences):
        row[tuple(map(slice, sentence.shape[1 : 1 + count]))] = sentence[0]
    return padded


def pad_all(sentences: Sequence[Tensor | None], axes: Axes) -> Tensor | None:
    """The same where all sentences may lack the tensor."""
    given = [sentence for sentence in sentences if sentence is not None]
    return pad(given, axes) if given else None


def cut(value: Tensor | None, index: int, length: int, axes: Axes) -> Tensor | None:
    """One sentence of a padded batch, as a batch of one with its own memory."""
    if value is None:
        return None
    return value[(slice(index, index + 1), *(slice(length + extra) for extra in axes))].clone()
