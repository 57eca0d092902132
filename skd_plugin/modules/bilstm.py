"""A bidirectional LSTM over padded batches, which reverses each sentence by its length in place of packing."""

from contextlib import contextmanager
from typing import Any, Iterator, Optional, Tuple

import torch
from allennlp.common.checks import ConfigurationError
from allennlp.modules.seq2seq_encoders import Seq2SeqEncoder
from torch import Tensor
from torch.nn import LSTM, ModuleList
from torch.nn.functional import dropout

from skd_plugin.modules.recurrence import gates_of_words, states_of_words


@Seq2SeqEncoder.register("skd_bilstm")
class BiLstm(Seq2SeqEncoder):
    """
    A bidirectional LSTM of one layer or several. It computes what AllenNLP's `lstm` with `bidirectional` does, but
    faster, and `torch.export` accepts it, under `torch.no_grad()`, with a batch and a length that may change.

    AllenNLP's encoder packs a batch, so that its LSTM never reads padding. This one gets by without: padding is on the
    right, so the forward direction reads it after the last word, and the backward direction does so as well after each
    sentence was reversed by its own length. The outputs at padding are 0.

    Registered as a `Seq2SeqEncoder` with name "skd_bilstm".

    # Parameters

    input_size : `int`
    hidden_size : `int`
        The size of each direction.
    num_layers : `int`, optional (default = `1`)
    dropout : `float`, optional (default = `0.0`)
        Applied to the output of each layer but the last.
    """

    def __init__(self, input_size: int, hidden_size: int, num_layers: int = 1, dropout: float = 0.0) -> None:
        super().__init__()
        if num_layers < 1:
            raise ConfigurationError(f"`num_layers` is {num_layers}, expected at least 1.")
        if not 0 <= dropout <= 1:
            raise ConfigurationError(f"`dropout` is {dropout}, expected a probability from 0 to 1.")
        self._input_size, self._output_size, self._dropout = input_size, 2 * hidden_size, dropout
        sizes = [input_size, *[self._output_size] * (num_layers - 1)]
        self._forward_layers, self._backward_layers = ModuleList(), ModuleList()
        # In this order the same seed gives the same weights as that of a bidirectional `torch.nn.LSTM`.
        for size in sizes:
            self._forward_layers.append(LSTM(size, hidden_size, batch_first=True))
            self._backward_layers.append(LSTM(size, hidden_size, batch_first=True))

    def get_input_dim(self) -> int:
        return self._input_size

    def get_output_dim(self) -> int:
        return self._output_size

    def is_bidirectional(self) -> bool:
        return True

    def forward(self, inputs: Tensor, mask: Optional[Tensor] = None) -> Tensor:
        """
        # Parameters

        inputs : `Tensor`
            Shape (batch, n, input_size).
        mask : `Tensor`, optional (default = `None`)
            Right padding, bool, shape (batch, n). A sentence may have no words. Without a mask there is no padding.

        # Returns

        Shape (batch, n, 2 · hidden_size): the states of the forward direction, then those of the backward one.
        """
        if mask is None:
            mask = inputs.new_ones(inputs.shape[:2], dtype=torch.bool)
        return self._layers(inputs, mask, first=0)

    def gates(self, words: Tensor) -> Tensor:
        """What words add to the gates of the first layer, (words, 2, 4 · hidden_size), from (words, input_size)."""
        return gates_of_words(words, *self._directions(0))

    def encode_known_words(self, gates: Tensor, ids: Tensor, mask: Tensor) -> Tensor:
        """
        What `forward` returns in evaluation, for words whose `gates` are in a table. To be called without gradients.

        Of 256 sentences this takes half the time. Of fewer than some 24 it takes more, because each step costs about
        the same for one sentence as for 32.

        # Parameters

        gates : `Tensor`
            Shape (words, 2, 4 · hidden_size).
        ids : `Tensor`
            The row of each word in the table, shape (batch, n).
        mask : `Tensor`
            Right padding, bool, shape (batch, n).
        """
        states = states_of_words(gates, ids, mask, *self._directions(0))
        return self._layers(states, mask, first=1) if len(self._forward_layers) > 1 else states

    def _layers(self, words: Tensor, mask: Tensor, first: int) -> Tensor:
        """The output of all layers from the first one given, counted from 0, for words as that one reads them."""
        padding = ~mask.unsqueeze(-1)
        # A gradient of 0 at padding times a number that is not finite would not be 0.
        words = words.masked_fill(padding, 0.0)
        order = _reversed_rows(mask)
        with _whole_lstm_in_exports():
            for number in range(first, len(self._forward_layers)):
                if number > 0:
                    words = dropout(words, self._dropout, self.training)
                forward, backward = self._directions(number)
                states = forward(words)[0], _permuted(backward(_permuted(words, order))[0], order)
                words = torch.cat(states, -1)
        return words.masked_fill(padding, 0.0)

    def _directions(self, number: int) -> Tuple[LSTM, LSTM]:
        layers: Any = self._forward_layers[number], self._backward_layers[number]
        return layers


def _reversed_rows(mask: Tensor) -> Tensor:
    """
    For each word the row of the word that has its place in the reversed sentence, where the rows are those of all
    sentences below each other: (batch, n) → (batch · n,). Padding keeps its place, so to reverse twice changes nothing.
    """
    batch, n = mask.shape
    place = torch.arange(n, device=mask.device)
    reversed_place = (mask.sum(1, keepdim=True) - 1 - place).where(mask, place)
    first_row = torch.arange(batch, device=mask.device).unsqueeze(1) * n
    return (first_row + reversed_place).flatten()


def _permuted(words: Tensor, rows: Tensor) -> Tensor:
    return words.flatten(0, 1).index_select(0, rows).view(words.shape)


@contextmanager
def _whole_lstm_in_exports() -> Iterator[None]:
    """
    Lets an exported program call the LSTM as one operation.

    An export switches oneDNN off, and then writes the steps of an LSTM out one by one, as many as its example has.
    """
    if not torch.compiler.is_compiling():
        yield
        return
    was_enabled = torch.backends.mkldnn.enabled
    torch.backends.mkldnn.enabled = True  # type: ignore[assignment]  # a property of the module
    try:
        yield
    finally:
        torch.backends.mkldnn.enabled = was_enabled
