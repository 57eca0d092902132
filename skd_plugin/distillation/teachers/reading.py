"""
How a teacher reads a corpus: in parts of some thousand sentences, each of which becomes a shard of its store.

The parts are cut by position, before anybody reads: whoever reads a part, and whenever, its shard is the same.
"""

import hashlib
from typing import Callable, Container, Dict, Iterable, Iterator, List, NamedTuple, Optional, Sequence

import numpy as np
from numpy.typing import NDArray

from skd_plugin.distillation.teachers.index import Keys, as_keys
from skd_plugin.distillation.teachers.keys import key
from skd_plugin.distillation.teachers.model import TeacherModel, Words
from skd_plugin.distillation.teachers.shard import Factorizations

PART_SIZE = 4096
"""How many different sentences are in a part. An interruption loses as many at most."""

Sentences = Callable[[], Iterable[Words]]
"""Gives the sentences of a corpus, from its beginning, as often as it is called."""


class Part(NamedTuple):
    """The sentences of a part that the teacher has not read yet."""

    number: int
    sentences: List[Words]


class Survey:
    """
    What is to be read of a corpus. It takes a pass over the corpus, and 21 bytes of memory for each sentence.

    # Parameters

    sentences : `Sentences`
    has : `Callable[[Keys], NDArray[np.bool_]]`
        Which of the sentences with these keys need not be read.
    size : `int`, optional (default = `PART_SIZE`)
        How many different sentences are in a part.
    """

    def __init__(self, sentences: Sentences, has: Callable[[Keys], NDArray[np.bool_]], size: int = PART_SIZE) -> None:
        self._sentences = sentences
        joined = bytearray()
        for words in sentences():
            joined += key(words)
        self._names = names = as_keys(bytes(joined))
        self.num_sentences = len(names)
        # The first of those that are equal.
        _, first = np.unique(names, return_index=True)
        is_first = np.zeros(len(names), dtype=bool)
        is_first[first] = True
        self.num_different = len(first)
        self._numbers = ((np.cumsum(is_first) - 1) // size).astype(np.int32)
        self._wanted = is_first & ~has(names)

    @property
    def digest(self) -> str:
        """A digest of all sentences in their order."""
        return self.digest_of(0, self.num_sentences)

    def digest_of(self, start: int, end: int) -> str:
        """A digest of the sentences from `start` to before `end`, in their order."""
        return hashlib.sha256(self._names[start:end].tobytes()).hexdigest()

    @property
    def num_unread(self) -> int:
        return int(self._wanted.sum())

    @property
    def unread_parts(self) -> Dict[int, int]:
        """The numbers of the parts of which something is to be read, and how many sentences that is."""
        numbers, counts = np.unique(self._numbers[self._wanted], return_counts=True)
        return dict(zip(numbers.tolist(), counts.tolist()))

    def num_missing(self, has: Callable[[Keys], NDArray[np.bool_]]) -> int:
        """How many of the sentences that were to be read are not there yet."""
        return int((~has(self._names[self._wanted])).sum())

    def parts(self, numbers: Optional[Container[int]] = None) -> Iterator[Part]:
        """
        The parts of which something is to be read, or those of them that have these numbers.

        It takes another pass over the corpus. Raises `ValueError` if the corpus has changed since the first.
        """
        part = Part(-1, [])
        count = 0
        for count, words in enumerate(self._sentences(), start=1):
            if count > len(self._wanted):
                break
            if self._wanted[count - 1]:
                number = int(self._numbers[count - 1])
                if number != part.number:
                    if part.sentences:
                        yield part
                    part = Part(number, [])
                if numbers is None or number in numbers:
                    part.sentences.append(words)
        if count != self.num_sentences:
            raise ValueError(f"The corpus had {self.num_sentences} sentences, and now has {count}.")
        if part.sentences:
            yield part


def read(
    model: TeacherModel, sentences: Sequence[Words], batch_size: int, report: Optional[Callable[[int], object]] = None
) -> Factorizations:
    """
    The distributions of these sentences, in the order in which they are read: the longest first.

    # Parameters

    model : `TeacherModel`
    sentences : `Sequence[Words]`
    batch_size : `int`
        How many sentences are read at once, at most.
    report : `Callable[[int], object]`, optional
        Is told of each batch how many sentences it has.
    """
    factorizations: Factorizations = {}
    for batch in model.batches(sentences, batch_size):
        factorizations.update(zip(map(key, batch), model.read(batch)))
        if report is not None:
            report(len(batch))
    return factorizations
