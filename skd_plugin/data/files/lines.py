"""The numbered lines of a text file, and the words or columns of a line.

Files are UTF-8, plain or compressed. A line ends at LF, CRLF or CR, in one file as in another, and only spaces and tabs
separate words: U+2028, U+0085, U+00A0 and the like are characters of the words. A byte order mark at the beginning of a
line is dropped, because files with one may have been concatenated.
"""

import lzma
import re
import zlib
from itertools import groupby
from typing import BinaryIO, Dict, Iterable, Iterator, List, NamedTuple, cast

from allennlp.common.checks import ConfigurationError
from allennlp.common.file_utils import open_compressed

from skd_plugin.data.files.errors import format_error

COMPRESSED = (".gz", ".bz2", ".xz")

_BOM = "\ufeff"
_SEPARATORS = re.compile("[ \t]+")
_CONVERT = "Convert the file first, with `iconv -f {} -t UTF-8`."
# What other files begin with, and what to do with them. UTF-32 comes first, because it begins like UTF-16.
_SIGNATURES: Dict[bytes, "tuple[str, str]"] = {
    b"\xff\xfe\0\0": ("the byte order mark of UTF-32", _CONVERT.format("UTF-32")),
    b"\0\0\xfe\xff": ("the byte order mark of UTF-32", _CONVERT.format("UTF-32")),
    b"\xff\xfe": ("the byte order mark of UTF-16", _CONVERT.format("UTF-16")),
    b"\xfe\xff": ("the byte order mark of UTF-16", _CONVERT.format("UTF-16")),
    b"\x1f\x8b": ("a file compressed by gzip", "Give it a name that ends in .gz."),
    b"\xfd7zXZ\0": ("a file compressed by xz", "Give it a name that ends in .xz."),
    b"BZh91AY&SY": ("a file compressed by bzip2", "Give it a name that ends in .bz2."),
    b"PK\x03\x04": ("a ZIP archive", "Unpack it first."),
}


class Line(NamedTuple):
    """A line without its end, and its number counted from 1."""

    number: int
    text: str


def numbered_lines(path: str) -> Iterator[Line]:
    """
    Every line of the file, including blank ones.

    Raises `ConfigurationError` if the file cannot be read, is not UTF-8, or has a NUL.
    """
    try:
        with open_compressed(path, mode="rb", encoding=None) as file:
            for number, raw in enumerate(_raw_lines(cast(BinaryIO, file)), start=1):
                yield Line(number, _decode(path, number, raw))
    except (OSError, EOFError, zlib.error, lzma.LZMAError) as error:
        raise _reading_error(path, error) from error


def filled_lines(path: str) -> Iterator[Line]:
    """The lines that contain more than white space."""
    return (line for line in numbered_lines(path) if not is_blank(line))


def paragraphs(path: str) -> Iterator[List[Line]]:
    """The runs of lines of the file between blank ones."""
    return runs(numbered_lines(path))


def runs(lines: Iterable[Line]) -> Iterator[List[Line]]:
    """The runs of lines between blank ones."""
    for blank, run in groupby(lines, key=is_blank):
        if not blank:
            yield list(run)


def is_blank(line: Line) -> bool:
    """Whether the line has nothing but white space."""
    return not line.text.strip()


def split_words(line: str) -> List[str]:
    """The words of a line, separated by runs of spaces or tabs."""
    return [word for word in _SEPARATORS.split(line) if word]


def cells(line: str, tabs: bool = False) -> List[str]:
    """
    The columns of a line, separated by tabs if it contains one between other characters, by runs of spaces otherwise.

    `tabs` says that tabs separate the columns of the file. Then a tab at either end of the line parts off an empty one.
    """
    has_tab = "\t" in (line if tabs else line.strip(" \t"))
    return [cell.strip(" ") for cell in line.split("\t")] if has_tab else split_words(line)


def _raw_lines(file: BinaryIO) -> Iterator[bytes]:
    for line in file:
        # All of them at its end: where CRLF was converted twice, lines end in CR CR LF.
        yield from line.rstrip(b"\r\n").split(b"\r")


def _decode(path: str, number: int, raw: bytes) -> str:
    if number == 1:
        _check_signature(path, raw)
    if b"\0" in raw:
        remedy = f"{_CONVERT.format('UTF-16LE')[:-1]} if it is UTF-16, or delete the character with `tr -d '\\000'`."
        raise _encoding_error(path, number, "the character NUL (U+0000)", remedy)
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        remedy = f"{_CONVERT.format('WINDOWS-1252')[:-1]}, or with the encoding that it has."
        raise _encoding_error(path, number, f"the byte 0x{raw[error.start]:02x}", remedy) from error
    rest = text.lstrip(_BOM)
    # Such a character alone in its column is a word, except where files begin.
    return text if number > 1 and rest[:1] in {" ", "\t"} else rest


def _check_signature(path: str, raw: bytes) -> None:
    for signature, (finding, remedy) in _SIGNATURES.items():
        if raw.startswith(signature):
            raise _encoding_error(path, 1, finding, remedy)


def _encoding_error(path: str, number: int, finding: str, remedy: str) -> ConfigurationError:
    if path.endswith(COMPRESSED):
        remedy += " If the compressed file is damaged, get it once more."
    return format_error(path, number, finding, "text in UTF-8", remedy)


def _reading_error(path: str, error: Exception) -> ConfigurationError:
    if isinstance(error, OSError) and error.errno is not None:
        remedy = "Check the file and its permissions."
    else:
        remedy = "Check the file: it is cut off or damaged, or its name has the wrong ending. Get it once more."
    return ConfigurationError(f"{path} cannot be read: {error}. {remedy}")
