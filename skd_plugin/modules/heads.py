"""The biaffine scorer of arcs, s(h → i) = [d_i; 1]ᵀ W [e_h; 1], and ROOT among the candidates for heads."""

from typing import NamedTuple

import torch
from allennlp.modules.matrix_attention import BilinearMatrixAttention
from torch import Tensor

from skd_plugin.modules.view import View


def with_root(root: Tensor, words: Tensor) -> Tensor:
    """The candidates for heads (batch, n + 1, features): `root` (features,), then `words` (batch, n, features)."""
    return torch.cat([root.expand(len(words), 1, -1), words], 1)


class Factors(NamedTuple):
    """
    The biaffine scores s(l, h → i) = d_iᵀ W_l e_h as their factors. The last feature of each word is 1.

    dependents : d, shape (batch, n, dim + 1)
    heads : e, shape (batch, n + 1, dim + 1)
    weights : W, shape (label, dim + 1, dim + 1)
    """

    dependents: Tensor
    heads: Tensor
    weights: Tensor


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

    def factors(self, words: Tensor, candidates: Tensor) -> Factors:
        """
        The factors of the scores that `forward` gives, without its bias, which is the same for all labels of all arcs.

        To a softmax over labels, that bias makes no difference. It is part of the weights as long as they are trained,
        because in distributed training every parameter needs a gradient.
        """
        matrix = self._scores._weight_matrix
        weights: Tensor = matrix if matrix.dim() == 3 else matrix.unsqueeze(0)
        if torch.is_grad_enabled() and self._scores._bias.requires_grad:
            size = weights.shape[1]
            weights = weights + torch.nn.functional.pad(self._scores._bias.view(1, 1), (size - 1, 0, size - 1, 0))
        return Factors(_with_one(self._dependents(words)), _with_one(self._heads(candidates)), weights)


def _with_one(features: Tensor) -> Tensor:
    return torch.nn.functional.pad(features, (0, 1), value=1.0)
