"""The biaffine scorer of arcs, s(h → i) = [d_i; 1]ᵀ W [e_h; 1], and ROOT among the candidates for heads."""

import torch
from allennlp.modules.matrix_attention import BilinearMatrixAttention
from torch import Tensor

from skd_plugin.modules.view import View


def with_root(root: Tensor, words: Tensor) -> Tensor:
    """`root` (features,) before `words` (batch, n, features): the candidates for heads, (batch, n + 1, features)."""
    return torch.cat([root.expand(len(words), 1, -1), words], 1)


class Biaffine(torch.nn.Module):
    """
    Deep biaffine attention (Dozat and Manning 2017, Sections 2.2 and 2.3).

    # Parameters

    input_dim : `int`
        Of an encoded word.
    dim : `int`
        Of a word as a dependent or as a head.
    labels : `int`, optional (default = `1`)
        Scores for each arc.
    dropout : `float`, optional (default = `0.0`)
    """

    def __init__(self, input_dim: int, dim: int, labels: int = 1, dropout: float = 0.0) -> None:
        super().__init__()
        self._dependents = View(input_dim, dim, dropout)
        self._heads = View(input_dim, dim, dropout)
        self._scores = BilinearMatrixAttention(dim, dim, use_input_biases=True, label_dim=labels)

    def forward(self, words: Tensor, candidates: Tensor) -> Tensor:
        """
        `words` (batch, n, features) and the heads they may have, (batch, n + 1, features). The scores are indexed
        [dependent, head], (batch, n, n + 1), with a last axis of labels if there are several.
        """
        # Shape: (batch, n, n + 1) or (batch, labels, n, n + 1)
        scores: Tensor = self._scores(self._dependents(words), self._heads(candidates))
        return scores if scores.dim() == 3 else scores.permute(0, 2, 3, 1)
