"""How many bytes are read of a model: a file must fit into the memory, and an archive must not expand without limit."""

import os
from pathlib import Path
from typing import BinaryIO

# Trained weights hardly compress, text compresses to a tenth. Only bombs come near gzip's limit, a thousandth.
_EXPANSION = 100
_ALWAYS_ALLOWED = 1 << 28


class TooLarge(Exception):
    """Something has more bytes than it may have; the message says how many."""


def largest_content(size: int) -> int:
    """How many bytes a compressed file of `size` bytes may expand to."""
    return max(_EXPANSION * size, _ALWAYS_ALLOWED)


def read_file_into_memory(path: Path) -> bytes:
    """The content of a file. Raises `TooLarge` for a file that is larger than the memory, such as one full of holes."""
    size, memory = path.stat().st_size, _memory()
    if size > memory:
        raise TooLarge(f"it has {size:,} bytes, but this machine has a memory of {memory:,} bytes")
    return path.read_bytes()


class LimitedReader:
    """A stream that raises `TooLarge` when more than `limit` bytes are read from it."""

    def __init__(self, stream: BinaryIO, limit: int) -> None:
        self._stream = stream
        self._limit = self._left = limit

    def read(self, size: int) -> bytes:
        content = self._stream.read(min(size, self._left + 1))
        self._left -= len(content)
        if self._left < 0:
            raise TooLarge(f"it expands to more than {self._limit:,} bytes")
        return content


def _memory() -> int:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
