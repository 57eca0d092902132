"""The biaffine scorer of arcs, s(h → i) = [d_i; 1]ᵀ W [e_h; 1], and ROOT among the candidates for heads."""

import torch
from allennlp.modules.matrix_attention import BilinearMatrixAttention
from torch import Tensor

from skd_plugin.modules.view import View


def with_root(root: Tensor, words: Tensor) -> Tensor:
    """The candidates for heads (batch, n + 1, features): `root` (features,), then `words` (batch, n, features)."""
    return torch.cat([root.expand(len(words), 1, -1), words], 1)


class Biaffine(torch.nn.Module):
    """
    Deep biaffine attention (Dozat and Manning 2017, Sections 2.2 and 2.3).

    # Parameters

    input_dim : `int`
        The number of features of an encoded word.
    dim : `int`
        The number of features of a word as a dependent or as a head.
    labels : `int`, optional (default = `1`)
        The number of scores per arc.
    dropout : `float`, optional (default = `0.0`)
        The dropout of the words as dependents and as heads.
    """

    def __init__(self, input_dim: int, dim: int, labels: int = 1, dropout: float = 0.0) -> None:
        super().__init__()
        self._dependents = View(input_dim, dim, dropout)
        self._heads = View(input_dim, dim, dropout)
        self._scores = BilinearMatrixAttention(dim, dim, use_input_biases=True, label_dim=labels)

    def forward(self, words: Tensor, candidates: Tensor) -> Tensor:
        """
        The scores of arcs, indexed [dependent, head]: shape (batch, n, n + 1), or (batch, n, n + 1, label) if there are
        several labels.

        `words` is (batch, n, features), and `candidates` for heads (batch, n + 1, features), ROOT first.
        """
        # Shape: (batch, n, n + 1) or (batch, labels, n, n + 1)
        scores: Tensor = self._scores(self._dependents(words), self._heads(candidates))
        return scores if scores.dim() == 3 else scores.permute(0, 2, 3, 1)
