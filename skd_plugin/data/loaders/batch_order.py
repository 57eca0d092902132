"""
The order of batches: which sentences are in which batch of which pass over them.

It depends on nothing but the numbers that are given, so any process finds any batch without those before it.
"""

from abc import ABC, abstractmethod
from typing import Iterator, List, NamedTuple, Optional, final

import numpy as np

# The smallest number of sentences that stand beside each other on the disk and are read in one piece.
_BLOCK_SIZE = 1024
# By which share of its length a sentence may be sorted too low or too high, as in AllenNLP's bucket sampler.
_PADDING_NOISE = 0.1


class BatchOrder(ABC):
    """All batches have `batch_size` sentences, except one of each pass."""

    @abstractmethod
    def batch(self, pass_number: int, number: int) -> np.ndarray:
        """The indices of the sentences in a batch; passes and the batches of a pass count from 0."""

    @abstractmethod
    def sentences_ahead(self, pass_number: int, number: int) -> List[range]:
        """What had better be read from the disk before this batch: ranges of indices."""


@final
class FileOrder(BatchOrder):
    """
    The order of the file, in each pass.

    # Parameters

    num_sentences : `int`
    batch_size : `int`
    num_batches : `int`
        How many batches a pass has. The last one takes the sentences that remain.
    """

    def __init__(self, num_sentences: int, batch_size: int, num_batches: int) -> None:
        self._num_sentences = num_sentences
        self._batch_size = batch_size
        self._num_batches = num_batches

    def batch(self, pass_number: int, number: int) -> np.ndarray:
        start = number * self._batch_size
        is_last = number == self._num_batches - 1
        return np.arange(start, self._num_sentences if is_last else start + self._batch_size)

    def sentences_ahead(self, pass_number: int, number: int) -> List[range]:
        return []


class _Window(NamedTuple):
    """Some of the blocks of a pass, and the batches of their sentences; the pass has `first` batches before them."""

    pass_number: int
    first: int
    blocks: List[range]
    batches: List[np.ndarray]

    def has(self, pass_number: int, number: int) -> bool:
        return pass_number == self.pass_number and self.first <= number < self.first + len(self.batches)


@final
class ShuffledOrder(BatchOrder):
    """
    Another order in each pass, with sentences of similar lengths in a batch.

    The sentences are in blocks. Each pass shuffles the blocks and takes some of them at a time, a window. The sentences
    of a window are sorted by their lengths, with some noise, and cut into batches, which are shuffled.

    # Parameters

    lengths : `np.ndarray`
        The number of words of each sentence: shape (sentences,).
    batch_size : `int`
    num_batches : `int`
        How many batches a pass has: the number of sentences / `batch_size`, rounded up, or one less if only one
        sentence would be in the last batch. It is then in another batch.
    window_size : `int`
        About how many sentences are in a window.
    seed : `int`
    """

    def __init__(self, lengths: np.ndarray, batch_size: int, num_batches: int, window_size: int, seed: int) -> None:
        self._lengths = lengths
        self._batch_size = batch_size
        self._num_batches = num_batches
        self._seed = seed
        # Only the last block may leave a batch that is not full, so that the number of batches is always the same.
        block_size = -(-_BLOCK_SIZE // batch_size) * batch_size
        starts = range(0, max(1, len(lengths) // block_size) * block_size, block_size)
        ends = [*starts[1:], len(lengths)]
        self._blocks = list(map(range, starts, ends))
        self._blocks_per_window = max(1, round(window_size / block_size))
        self._window: Optional[_Window] = None

    def batch(self, pass_number: int, number: int) -> np.ndarray:
        window = self._at(pass_number, number)
        return window.batches[number - window.first]

    def sentences_ahead(self, pass_number: int, number: int) -> List[range]:
        window = self._at(pass_number, number)
        return window.blocks if number == window.first else []

    def _at(self, pass_number: int, number: int) -> _Window:
        """The window with this batch. It is kept until another one is asked for."""
        if self._window is None or not self._window.has(pass_number, number):
            self._window = self._make(pass_number, number)
        return self._window

    def _make(self, pass_number: int, number: int) -> _Window:
        first = 0
        for index, blocks in enumerate(self._windows(pass_number)):
            count = self._count(blocks)
            if number < first + count:
                generator = np.random.default_rng([self._seed, pass_number, index])
                return _Window(pass_number, first, blocks, self._batches(blocks, count, generator))
            first += count
        raise IndexError(f"batch {number} of a pass of {first} batches")

    def _windows(self, pass_number: int) -> Iterator[List[range]]:
        order = np.random.default_rng([self._seed, pass_number]).permutation(len(self._blocks)).tolist()
        for start in range(0, len(order), self._blocks_per_window):
            yield [self._blocks[block] for block in order[start : start + self._blocks_per_window]]

    def _count(self, blocks: List[range]) -> int:
        """How many batches a window of these blocks has."""
        size = sum(map(len, blocks))
        if self._blocks[-1] not in blocks:
            return size // self._batch_size
        others = len(self._lengths) - size
        return self._num_batches - others // self._batch_size

    def _batches(self, blocks: List[range], count: int, generator: np.random.Generator) -> List[np.ndarray]:
        indices = np.concatenate([np.arange(block.start, block.stop) for block in blocks])
        noise = generator.uniform(1 - _PADDING_NOISE, 1 + _PADDING_NOISE, len(indices))
        in_order = indices[np.argsort(self._lengths[indices] * noise, kind="stable")]
        batches = np.split(in_order, np.arange(1, count) * self._batch_size)
        return [batches[index] for index in generator.permutation(count)]
