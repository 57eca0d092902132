"""
Word vectors in the formats of GloVe, word2vec and fastText (`.vec`).

A line has a word and its numbers, separated by spaces. word2vec and fastText begin with a line that has the number of
words and that of the numbers. The binary format of word2vec has the same first line, and then each word, a space, and
the numbers in single precision.
"""

from typing import BinaryIO, Dict, Iterator, List, Optional, Tuple

import numpy as np
from allennlp.common.checks import ConfigurationError
from allennlp.common.file_utils import cached_path

from skd_plugin.data.files.errors import format_error
from skd_plugin.data.files.lines import Line, filled_lines
from skd_plugin.data.readers.sentence_reader import indexed_text

Table = Tuple[List[str], np.ndarray]
"""The words, and their vectors, (words, dim)."""

_LONGEST_WORD = 1 << 12


def read_text(path: str, most: Optional[int] = None) -> Table:
    """The first `most` words of a text file; of equal ones the first. Raises `ConfigurationError`, with the line."""
    vectors: Dict[str, np.ndarray] = {}
    lines = filled_lines(path)
    first = next(lines, None)
    if first is None:
        raise format_error(path, None, "no line", "words with their vectors", "Check that this is the file you mean.")
    header = _header(first.text)
    dim = len(first.text.split()) - 1 if header is None else header[1]
    for line in _chain(first if header is None else None, lines):
        if most is not None and len(vectors) >= most:
            break
        word, *numbers = line.text.rstrip(" \t").replace("\t", " ").rsplit(" ", dim)
        vector = _vector(numbers, dim)
        if vector is None:
            raise format_error(
                path,
                line.number,
                repr(line.text if len(line.text) <= 60 else f"{line.text[:60]}…"),
                f"a word and {dim} numbers, separated by spaces",
                "All lines have as many numbers as the first one says, or has. Check the file, or get it once more.",
            )
        if _is_word(word):
            vectors.setdefault(word, vector)
    return list(vectors), np.array(list(vectors.values()), np.float32).reshape(len(vectors), dim)


def read_binary(path: str, most: Optional[int] = None) -> Table:
    """The first `most` words of a file in the binary format of word2vec. Raises `ConfigurationError`."""
    vectors: Dict[str, np.ndarray] = {}
    try:
        with open(cached_path(path), "rb") as file:
            header = _header(file.readline(_LONGEST_WORD).decode("ascii", "replace"))
            if header is None:
                raise ValueError("its first line is not the number of words and that of their numbers")
            count, dim = header
            for number in range(count if most is None else min(most, count)):
                word = _binary_word(file, number).decode("utf-8", "ignore").lstrip("\n")
                content = file.read(4 * dim)
                if len(content) < 4 * dim:
                    raise ValueError(f"it ends in word {number + 1} of {count}")
                if _is_word(word):
                    vectors.setdefault(word, np.frombuffer(content, "<f4"))
    except (OSError, ValueError) as error:
        raise ConfigurationError(
            f"{path} cannot be read: {error}. Expected a file in the binary format of word2vec. If it is text, give it "
            "another ending than .bin; if not, get it once more."
        ) from error
    return list(vectors), np.array(list(vectors.values()), np.float32).reshape(len(vectors), dim)


def _header(text: str) -> Optional[Tuple[int, int]]:
    """The number of words and that of the numbers in a vector, if the line has these two."""
    fields = text.split()
    is_header = len(fields) == 2 and all(field.isascii() and field.isdigit() for field in fields)
    return (int(fields[0]), int(fields[1])) if is_header else None


def _chain(first: Optional[Line], rest: Iterator[Line]) -> Iterator[Line]:
    if first is not None:
        yield first
    yield from rest


def _vector(numbers: List[str], dim: int) -> Optional[np.ndarray]:
    """None unless these are so many finite numbers."""
    try:
        vector = np.array(numbers, np.float32)
    except ValueError:
        return None
    return vector if 0 < len(vector) == dim and np.isfinite(vector).all() else None


def _is_word(word: str) -> bool:
    """Whether a vocabulary can have the word."""
    return bool(word) and indexed_text(word) == word and word.strip("\n") == word


def _binary_word(file: BinaryIO, number: int) -> bytes:
    word = bytearray()
    while (letter := file.read(1)) != b" ":
        if not letter or len(word) > _LONGEST_WORD:
            raise ValueError(f"word {number + 1} does not end")
        word += letter
    return bytes(word)
