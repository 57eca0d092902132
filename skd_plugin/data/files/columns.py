"""Files with one word per line in columns: CoNLL-2003, WNUT17 and the like.

Tabs separate the columns if the line has one, runs of spaces otherwise. The layout of a file (which of the two, and how
many columns) is the most frequent one of its first lines. Empty lines end a sentence, and so do document starts.

A line that begins with `# ` is a comment if it has another layout than the words. If it has the same, it is the word
`#`, except before the first word of a sentence where no other word of the file has this tag: so `# 17` is a comment
where the tags are B-PER, I-PER and O.
"""

import re
from collections import Counter
from functools import cached_property
from itertools import islice
from typing import Iterable, Iterator, List, NamedTuple, Optional, Set

from skd_plugin.data.files.faults import Fault
from skd_plugin.data.files.lines import Line, cells, filled_lines, paragraphs

DOCUMENT_START = "-DOCSTART-"
NUMBER_OF_NO_WORD = re.compile(r"\d+[-.]\d+")
_LINES_OF_LAYOUT = 100
_REMEDY = (
    "Separate columns by tabs, or by spaces in lines without a tab, end a sentence with an empty line, name files of "
    'text *.txt under "unlabelled"'
)


class Layout(NamedTuple):
    """Whether tabs separate the columns, how many columns there are, and the number of the first line that has them."""

    tabs: bool
    columns: int
    line: int

    def has(self, line: Line) -> bool:
        """Whether the line is laid out in this way."""
        has_tab = "\t" in (line.text if self.tabs else line.text.strip(" \t"))
        return has_tab == self.tabs and row_of(line, self).fault is None


class Row(NamedTuple):
    """The cells of a word, the number of its line, and what is wrong with it: another number of columns, or nothing."""

    line: int
    cells: List[str]
    fault: Optional[Fault] = None


def column_sentences(path: str, tag_column: int = -1) -> Iterator[List[Row]]:
    """The sentences of a column file, without comments and document starts. The tags tell words from comments."""
    layout = layout_of(line for line in filled_lines(path) if not begins_document(line) and not may_be_comment(line))
    if layout is None:
        return
    comments = _Comments(path, layout, tag_column)
    for lines in _parts(path):
        rows: List[Row] = []
        for line in lines:
            if not comments.has(line, begins=not rows):
                rows.append(row_of(line, layout))
        if rows:
            yield rows


class _Comments:
    """The lines of a file that are comments."""

    def __init__(self, path: str, layout: Layout, tag_column: int) -> None:
        self._path, self._layout, self._tag_column = path, layout, tag_column

    def has(self, line: Line, begins: bool) -> bool:
        """Whether the line is a comment; `begins` says that no word of its sentence stands before it."""
        if not may_be_comment(line):
            return False
        if not self._layout.has(line):
            return True
        return begins and self._has_tags and self._tag(line) not in self._tags

    @property
    def _has_tags(self) -> bool:
        return self._layout.columns > 1 and -self._layout.columns <= self._tag_column < self._layout.columns

    @cached_property
    def _tags(self) -> Set[str]:
        """The tags of the lines that are words whatever their tags are."""
        tags = set()
        for lines in _parts(self._path):
            begins = True
            for line in filter(self._layout.has, lines):
                begins = begins and may_be_comment(line)
                if not begins:
                    tags.add(self._tag(line))
        return tags

    def _tag(self, line: Line) -> str:
        return row_of(line, self._layout).cells[self._tag_column]


def _parts(path: str) -> Iterator[List[Line]]:
    """The lines between blank ones and document starts."""
    for lines in paragraphs(path):
        part: List[Line] = []
        for line in lines:
            if begins_document(line):
                yield part
                part = []
            else:
                part.append(line)
        yield part


def begins_document(line: Line) -> bool:
    """Whether the line is `-DOCSTART-`."""
    return line.text.startswith(DOCUMENT_START)


def may_be_comment(line: Line) -> bool:
    """Whether the line is a comment, unless it is laid out like a word."""
    return line.text.startswith("# ") or line.text.strip() == "#"


def layout_of(words: Iterable[Line]) -> Optional[Layout]:
    """The most frequent layout of the first words, without the last columns that all of them leave empty."""
    lines = list(islice(words, _LINES_OF_LAYOUT))
    if not lines:
        return None
    tabs = any("\t" in line.text.strip(" \t") for line in lines)
    rows = [cells(line.text, tabs) for line in lines]
    ((columns, _),) = Counter(map(len, rows)).most_common(1)
    alike = [(line.number, row) for line, row in zip(lines, rows) if len(row) == columns]
    filled = max(index for _, row in alike for index, cell in enumerate(row, start=1) if cell)
    return Layout(tabs, filled, alike[0][0])


def is_numbered(rows: List[Row], column: int) -> bool:
    """
    Whether this column exists and counts the words of a sentence from 1. Between them there may be lines with numbers
    such as 2-3 and 2.1, which are no words in CoNLL-U.
    """
    size = len(rows[0].cells)
    if not -size <= column < size:
        return False
    cells = (row.cells[column] for row in rows)
    numbers = [cell for cell in cells if not NUMBER_OF_NO_WORD.fullmatch(cell)]
    return bool(numbers) and numbers == [str(number) for number, _ in enumerate(numbers, start=1)]


def row_of(line: Line, layout: Layout) -> Row:
    """The row of a word in a file of this layout."""
    row = cells(line.text, layout.tabs)
    if len(row) < layout.columns or any(row[layout.columns :]):
        finding, rule = f"{len(row)} column(s) in {line.text!r}", f"{layout.columns} as in line {layout.line}"
        return Row(line.number, row, Fault("another number of columns", line.number, finding, rule, _REMEDY))
    return Row(line.number, row[: layout.columns])
