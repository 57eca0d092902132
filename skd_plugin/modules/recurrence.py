"""
A layer of a bidirectional LSTM, step by step, whose gates were partly computed beforehand.

The gates of a word are W x + b, from the word, and U h, from the state before it. The first part depends on the word
alone, so where words recur it need not be computed again. Padding is not computed.
"""

import torch
from torch import Tensor
from torch.nn import LSTM


def gates_of_words(words: Tensor, forward: LSTM, backward: LSTM) -> Tensor:
    """
    What the words add to their gates, (words, 2, 4 · hidden), from their vectors, (words, input).

    For each direction: the input, forget, candidate and output gates. The candidate is doubled, see `states_of_words`.
    """
    directions = [lstm.all_weights[0] for lstm in (forward, backward)]
    weights = torch.cat([_candidate_doubled(weight) for weight, *_ in directions])
    biases = torch.cat([_candidate_doubled(first + second) for _, _, first, second in directions])
    return torch.addmm(biases, words, weights.t()).view(len(words), 2, -1)


def states_of_words(gates: Tensor, ids: Tensor, mask: Tensor, forward: LSTM, backward: LSTM) -> Tensor:
    """
    The states of both directions at each word, (batch, n, 2 · hidden), and 0 at padding. It writes in place, so it must
    be called without gradients.

    # Parameters

    gates : `Tensor`
        What `gates_of_words` returns for the words of a vocabulary.
    ids : `Tensor`
        The row of each word in `gates`, (batch, n).
    mask : `Tensor`
        Right padding, bool, (batch, n).
    """
    hidden = forward.hidden_size
    weights = torch.stack([_candidate_doubled(lstm.all_weights[0][1]) for lstm in (forward, backward)]).transpose(1, 2)
    lengths, order = mask.sum(1).sort(descending=True)
    step = torch.arange(mask.shape[1], device=mask.device).unsqueeze(1)
    running = (step < lengths).sum(1).tolist()
    # The words in the order in which they are read: (step, direction, sentence), the longest sentences first.
    places = torch.stack([step.expand(-1, len(order)), lengths - 1 - step], 1)
    is_read = (step < lengths).unsqueeze(1).expand_as(places)
    words = (order * mask.shape[1] + places)[is_read]
    direction = torch.arange(2, device=mask.device).view(2, 1).expand_as(places)[is_read]
    rows = 2 * ids.flatten()[words] + direction
    sizes = [2 * sentences for sentences in running if sentences]

    states = gates.new_empty(len(rows), hidden)
    state = cell = gates.new_zeros(2, len(order), hidden)
    for rows_read, written in zip(rows.split(sizes), states.split(sizes)):
        sentences = len(rows_read) // 2
        sums = gates.flatten(0, 1).index_select(0, rows_read).view(2, sentences, 4 * hidden)
        # tanh(x) = 2 σ(2x) − 1, so that all gates are computed at once; torch's σ is much faster than its tanh.
        sums.baddbmm_(state[:, :sentences], weights).sigmoid_()
        entering, kept, candidate, shown = sums.chunk(4, -1)
        cell = (cell[:, :sentences] * kept).addcmul_(entering, candidate, value=2).sub_(entering)
        state = written.view(2, sentences, hidden)
        torch.add(cell, cell, out=state)
        state.sigmoid_().mul_(shown).mul_(2).sub_(shown)
    placed = gates.new_zeros(2 * mask.numel(), hidden)
    return placed.index_copy_(0, 2 * words + direction, states).view(*mask.shape, 2 * hidden)


def _candidate_doubled(weight: Tensor) -> Tensor:
    """The weights of the four gates below each other, those of the third one doubled."""
    factors = weight.new_tensor([1, 1, 2, 1]).repeat_interleave(len(weight) // 4)
    return weight * factors.view(-1, *[1] * (weight.dim() - 1))
