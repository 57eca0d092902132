"""The numbered lines of a text file, and the words or columns of a line.

Files are UTF-8 with or without a BOM, with LF or CRLF, plain or compressed. Only a line feed ends a line, and only
spaces and tabs separate words: U+2028, U+0085, U+00A0 and the like are characters of the words.
"""

import re
from itertools import groupby
from typing import Iterator, List, NamedTuple

from allennlp.common.checks import ConfigurationError
from allennlp.common.file_utils import open_compressed

from skd_plugin.data.files.errors import format_error

_SEPARATORS = re.compile("[ \t]+")


class Line(NamedTuple):
    """A line without its end, and its number counted from 1."""

    number: int
    text: str


def numbered_lines(path: str) -> Iterator[Line]:
    """Every line of the file, including blank ones. Raises `ConfigurationError` if it cannot be read or decoded."""
    try:
        with open_compressed(path, mode="rb", encoding=None) as file:
            for number, raw in enumerate(file, start=1):
                yield Line(number, _decode(path, number, raw).rstrip("\r\n"))
    except (OSError, EOFError) as error:
        raise ConfigurationError(f"{path} cannot be read: {error}. Check the file and its permissions.") from error


def filled_lines(path: str) -> Iterator[Line]:
    """The lines that contain more than white space."""
    return (line for line in numbered_lines(path) if not _is_blank(line))


def paragraphs(path: str) -> Iterator[List[Line]]:
    """The runs of lines between blank ones."""
    for blank, lines in groupby(numbered_lines(path), key=_is_blank):
        if not blank:
            yield list(lines)


def split_words(line: str) -> List[str]:
    """The words of a line, separated by runs of spaces or tabs."""
    return [word for word in _SEPARATORS.split(line) if word]


def cells(line: str) -> List[str]:
    """The columns of a line, separated by tabs if it contains one, by runs of spaces otherwise."""
    line = line.strip(" \t")
    return [cell.strip(" ") for cell in line.split("\t")] if "\t" in line else split_words(line)


def _is_blank(line: Line) -> bool:
    return not line.text.strip()


def _decode(path: str, number: int, raw: bytes) -> str:
    try:
        return raw.decode("utf-8-sig" if number == 1 else "utf-8")
    except UnicodeDecodeError as error:
        byte = raw[error.start]
        remedy = "Convert the file first, for example with `iconv -f WINDOWS-1252 -t UTF-8`."
        raise format_error(path, number, f"the byte 0x{byte:02x}", "text in UTF-8", remedy) from error
