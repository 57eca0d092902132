"""The biaffine scorer of spans from word i to word j: s(i, j, t) = [f_i; 1]ᵀ W_t [l_j; 1] for each type t."""

from typing import Optional

import torch
from allennlp.common.checks import ConfigurationError
from allennlp.modules.matrix_attention import BilinearMatrixAttention
from torch import Tensor

from skd_plugin.modules.view import View

# Blocks of fewer first words would be many small matrix products.
_BLOCK = 128


class SpanBiaffine(torch.nn.Module):
    """
    The scorer of "NER as parsing" (Yu et al. 2020, Section 3).

    With a maximal width K, its time and memory are O(n · K) for n words, instead of O(n²).

    # Parameters

    input_dim : `int`
        The number of features of an encoded word.
    dim : `int`
        The number of features of a word as the first or as the last one of a span.
    types : `int`
        The number of scores per span.
    max_width : `int`, optional (default = `None`)
        The number of words of the widest span that is scored. All spans are scored if None. Raises
        `ConfigurationError` if it is less than 1.
    dropout : `float`, optional (default = `0.0`)
        The dropout of the words as first and as last words.
    """

    def __init__(
        self, input_dim: int, dim: int, types: int, max_width: Optional[int] = None, dropout: float = 0.0
    ) -> None:
        super().__init__()
        if max_width is not None and max_width < 1:
            raise ConfigurationError(
                f"`max_width` is {max_width}, expected a number of words from 1 on, or null to score all spans."
            )
        self._first = View(input_dim, dim, dropout)
        self._last = View(input_dim, dim, dropout)
        self._scores = BilinearMatrixAttention(dim, dim, use_input_biases=True, label_dim=types)
        self.max_width = max_width

    def forward(self, words: Tensor) -> Tensor:
        """
        The scores, indexed [first word, width − 1, type]: shape (batch, n, min(n, max_width), type).

        `words` is (batch, n, features). Spans that would end after the last word have meaningless, finite scores.
        """
        n = words.shape[1]
        width = n if self.max_width is None else min(self.max_width, n)
        size = max(width, _BLOCK)
        first, last = self._first(words), self._last(words)
        starts = range(0, n, size)
        blocks = [self._block(first[:, i : i + size], last[:, i : i + size + width - 1], width) for i in starts]
        return torch.cat(blocks, 1)

    def _block(self, first: Tensor, last: Tensor, width: int) -> Tensor:
        """Scores of spans from the first words (batch, i, features); `last` (batch, j, features) starts there too."""
        # Shape: (batch, i, j) or (batch, type, i, j)
        scores: Tensor = self._scores(first, last)
        if scores.dim() == 3:
            scores = scores.unsqueeze(1)
        first_word = torch.arange(first.shape[1], device=first.device).unsqueeze(1)
        last_word = first_word + torch.arange(width, device=first.device)
        column = last_word.clamp(max=last.shape[1] - 1).expand(*scores.shape[:3], -1)
        return scores.gather(-1, column).permute(0, 2, 3, 1)
