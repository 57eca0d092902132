"""The features of words in one of their roles, for example as heads, with the same dropout at all words."""

import torch
from allennlp.modules.input_variational_dropout import InputVariationalDropout
from torch import Tensor


class View(torch.nn.Module):
    """
    LeakyReLU(W x + b) with dropout, (batch, n, input_dim) → (batch, n, dim).

    Dropout drops the same features at all words of a sentence (Dozat and Manning 2017, Section 3.2).
    """

    def __init__(self, input_dim: int, dim: int, dropout: float) -> None:
        super().__init__()
        self._layer = torch.nn.Linear(input_dim, dim)
        self._activation = torch.nn.LeakyReLU(0.1)
        self._dropout = InputVariationalDropout(dropout)

    def forward(self, words: Tensor) -> Tensor:
        return self._dropout(self._activation(self._layer(words)))
