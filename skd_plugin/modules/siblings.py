"""The trilinear scorer of pairs of arcs, which has a low rank: s(i, h, k) = Σ_r w[r] · a_i[r] · b_h[r] · c_k[r]."""

import torch
from torch import Tensor

from skd_plugin.modules.view import View


class Trilinear(torch.nn.Module):
    """
    Decomposed trilinear scores (Wang and Tu 2020, Section 3.1).

    # Parameters

    input_dim : `int`
        The number of features of an encoded word.
    rank : `int`
        The rank of the scores, the number of terms of the sum.
    dropout : `float`, optional (default = `0.0`)
        The dropout of the words in each role.
    symmetric : `bool`, optional (default = `False`)
        Whether the first and the third word have the same role, so that s(i, h, k) = s(k, h, i).
    """

    def __init__(self, input_dim: int, rank: int, dropout: float = 0.0, symmetric: bool = False) -> None:
        super().__init__()
        self._first = View(input_dim, rank, dropout)
        self._second = View(input_dim, rank, dropout)
        self._third = self._first if symmetric else View(input_dim, rank, dropout)
        # Zero, so that training starts from a first-order parser.
        self._weights = torch.nn.Parameter(torch.zeros(rank))

    def forward(self, first: Tensor, second: Tensor, third: Tensor) -> Tensor:
        """The scores (batch, i, h, k) of words (batch, i, features), (batch, h, features) and (batch, k, features)."""
        # Shape: (batch, i, h, rank)
        pairs = (self._first(first) * self._weights).unsqueeze(2) * self._second(second).unsqueeze(1)
        return (pairs.flatten(1, 2) @ self._third(third).transpose(1, 2)).view(*pairs.shape[:3], -1)
