"""A word in one of its roles (as a head, as a dependent): a layer with dropout that drops features, not words."""

import torch
from allennlp.modules.input_variational_dropout import InputVariationalDropout
from torch import Tensor


class View(torch.nn.Module):
    """
    LeakyReLU(W x + b), (batch, n, in) → (batch, n, out); dropout is the same at all words of a sentence (Dozat and
    Manning 2017, Section 3.2).
    """

    def __init__(self, input_dim: int, dim: int, dropout: float) -> None:
        super().__init__()
        self._layer = torch.nn.Linear(input_dim, dim)
        self._activation = torch.nn.LeakyReLU(0.1)
        self._dropout = InputVariationalDropout(dropout)

    def forward(self, words: Tensor) -> Tensor:
        return self._dropout(self._activation(self._layer(words)))
