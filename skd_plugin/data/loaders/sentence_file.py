"""Sentences on disk, of which only the places and the lengths are in memory."""

import os
import pickle
import tempfile
from array import array
from itertools import pairwise
from typing import Iterable, Iterator, Optional

import numpy as np
from allennlp.common.checks import ConfigurationError

from skd_plugin.data.files.sentence import Sentence

# How many sentences are read from the disk at once where all are read.
_AT_ONCE = 1024


class SentenceFile:
    """
    Sentences in a file without a name, which the system removes as soon as no process has it open, even after a kill.

    Processes that are forked later read from it too. A sentence takes 12 bytes of memory, whatever its length.

    # Parameters

    sentences : `Iterable[Sentence]`
        They are read once, now.
    directory : `str`, optional (default = `None`)
        The folder on whose disk the file is: by default that of temporary files.
    """

    lengths: np.ndarray
    """The number of words of each sentence: shape (sentences,), int32."""

    def __init__(self, sentences: Iterable[Sentence], directory: Optional[str] = None) -> None:
        self._directory = directory or tempfile.gettempdir()
        lengths, places = array("i"), array("q", [0])
        try:
            self._file = tempfile.TemporaryFile(dir=self._directory)  # noqa: SIM115  open as long as this object lives
        except OSError as error:
            raise self._disk_error(error, "") from error
        for sentence in sentences:
            place = places[-1]
            try:
                size = self._file.write(pickle.dumps(tuple(sentence), pickle.HIGHEST_PROTOCOL))
            except OSError as error:
                raise self._disk_error(error, f" after {len(lengths)} sentences, {place} bytes") from error
            places.append(place + size)
            lengths.append(len(sentence.words))
        try:
            self._file.flush()
        except OSError as error:
            raise self._disk_error(error, f" after {len(lengths)} sentences, {places[-1]} bytes") from error
        self.lengths = np.array(lengths, np.int32)
        # Shape: (sentences + 1,)
        self._places = np.array(places, np.int64)

    def __len__(self) -> int:
        return len(self.lengths)

    def __getitem__(self, index: int) -> Sentence:
        start, end = self._places[index : index + 2].tolist()
        return _sentence(self._read(start, end))

    def __iter__(self) -> Iterator[Sentence]:
        """All of them, in the order in which they were given."""
        for first in range(0, len(self), _AT_ONCE):
            places = self._places[first : first + _AT_ONCE + 1].tolist()
            block = memoryview(self._read(places[0], places[-1]))
            for start, end in pairwise(places):
                yield _sentence(block[start - places[0] : end - places[0]])

    @property
    def num_bytes(self) -> int:
        """The size of the file."""
        return int(self._places[-1])

    def read_ahead(self, first: int, last: int) -> None:
        """Lets the system read the sentences from `first` to before `last` from the disk now, in one piece."""
        if hasattr(os, "posix_fadvise"):  # not on macOS
            start, end = self._places[[first, last]].tolist()
            os.posix_fadvise(self._file.fileno(), start, end - start, os.POSIX_FADV_WILLNEED)

    def _read(self, start: int, end: int) -> bytes:
        # At a given place, because processes that share a file share its current position.
        return os.pread(self._file.fileno(), end - start, start)

    def _disk_error(self, error: OSError, moment: str) -> ConfigurationError:
        return ConfigurationError(
            f"The data loader skd_streaming cannot keep the sentences of a corpus in {self._directory}: {error}"
            f"{moment}. They take a few times the space of the corpus. Free some, or name a folder on another disk as "
            "its option `directory`."
        )


def _sentence(content: "bytes | memoryview") -> Sentence:
    return Sentence(*pickle.loads(content))
