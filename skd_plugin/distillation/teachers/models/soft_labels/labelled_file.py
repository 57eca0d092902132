"""A file of sentences with labels, of which any can be read by itself."""

import shutil
import tempfile
import weakref
from array import array
from typing import BinaryIO, Callable, Iterator, List, NamedTuple, Sequence, cast

import numpy as np
from allennlp.common.checks import ConfigurationError
from allennlp.common.file_utils import open_compressed

from skd_plugin.data.files.errors import format_error
from skd_plugin.data.files.lines import COMPRESSED
from skd_plugin.distillation.teachers.keys import SIZE, key
from skd_plugin.distillation.teachers.model import Words
from skd_plugin.distillation.teachers.models.soft_labels.records import Misread, Record, read_record


class _Line(NamedTuple):
    number: int
    offset: int
    content: bytes


class LabelledFile:
    """
    Reads every line once, and remembers where each sentence is, in 32 bytes. Raises `ConfigurationError`.

    A compressed file is unpacked to a temporary one. A sentence that is there twice has to have the same labels.

    # Parameters

    path : `str`
        A file of JSON lines, also compressed.
    survey : `Callable[[Record], object]`
        Is told of every sentence. Raises `Misread` for one that is wrong.
    """

    def __init__(self, path: str, survey: Callable[[Record], object]) -> None:
        self.path = path
        self._file = _opened(path)
        weakref.finalize(self, self._file.close)
        names, offsets, numbers = bytearray(), array("q"), array("q")
        for line in self._lines():
            try:
                record = read_record(line.content)
                survey(record)
            except Misread as error:
                raise error.at(path, line.number) from error
            names += key(record.words)
            offsets.append(line.offset)
            numbers.append(line.number)
        if not offsets:
            raise format_error(path, None, "no sentence", "one on every line", "Write the file again.")
        all_names = np.frombuffer(bytes(names), f"S{SIZE}")
        self._names, first, positions = np.unique(all_names, return_index=True, return_inverse=True)
        self._offsets = np.frombuffer(offsets, np.int64)[first]
        if len(first) < len(offsets):
            self._check_twice(first[positions], np.frombuffer(offsets, np.int64), np.frombuffer(numbers, np.int64))

    def __len__(self) -> int:
        """The number of different sentences."""
        return len(self._names)

    def offsets(self, sentences: Sequence[Words]) -> List[int]:
        """Where these sentences are; −1 for those that are not there."""
        if not sentences:
            return []
        names = np.frombuffer(b"".join(map(key, sentences)), f"S{SIZE}")
        near = np.searchsorted(self._names, names).clip(max=len(self._names) - 1)
        places: List[int] = np.where(self._names[near] == names, self._offsets[near], -1).tolist()
        return places

    def read(self, offset: int) -> Record:
        """The sentence that is here. Raises `ConfigurationError` if the file has changed since it was surveyed."""
        self._file.seek(offset)
        try:
            return read_record(self._file.readline())
        except Misread as error:
            raise ConfigurationError(
                f"{self.path} has changed while it was read. Start the run again when the file is complete."
            ) from error

    def _lines(self) -> Iterator[_Line]:
        """Those that are not blank."""
        offset = 0
        try:
            for number, content in enumerate(self._file, start=1):
                if content.strip():
                    yield _Line(number, offset, content)
                offset += len(content)
        except OSError as error:
            raise ConfigurationError(f"{self.path} cannot be read: {error}. Check the disk.") from error

    def _check_twice(self, first: np.ndarray, offsets: np.ndarray, numbers: np.ndarray) -> None:
        """`first` is, for each line, the position of the first line with its sentence."""
        for position in np.flatnonzero(first != np.arange(len(first))).tolist():
            one, other = (self.read(int(offsets[index])).labels for index in (first[position], position))
            if any(one.get(name) != other.get(name) for name in {*one, *other} - {"meta"}):
                raise format_error(
                    self.path,
                    int(numbers[position]),
                    f"other labels for the sentence of line {numbers[first[position]]}",
                    "every sentence once, or each time with the same labels",
                    "Keep one of the two lines, or the mean of their probabilities.",
                )


def _opened(path: str) -> BinaryIO:
    """The file, from its beginning; a compressed one unpacked."""
    try:
        if not path.endswith(COMPRESSED):
            return open(path, "rb")
        unpacked = cast(BinaryIO, tempfile.TemporaryFile())  # noqa: SIM115  open until the end
        with open_compressed(path, mode="rb", encoding=None) as packed:
            shutil.copyfileobj(packed, unpacked, 1 << 20)
    except Exception as error:
        raise ConfigurationError(
            f"{path} cannot be read: {error}. Check the file and its permissions, and that its name has the right "
            "ending; if it is cut off or damaged, get it once more."
        ) from error
    unpacked.seek(0)
    return unpacked
