"""Files with one word per line in columns: CoNLL-2003, WNUT17 and the like.

A line that begins with `# ` is a word if it has the layout of the file's first word: the same separator and as many
columns. Otherwise it is a comment.
"""

from typing import Iterator, List, NamedTuple, Optional

from skd_plugin.data.files.errors import format_error
from skd_plugin.data.files.lines import Line, cells, filled_lines, paragraphs

DOCUMENT_START = "-DOCSTART-"


class Layout(NamedTuple):
    """Whether tabs separate the columns, how many columns there are, and the number of the line that shows it."""

    tabs: bool
    columns: int
    line: int

    @classmethod
    def of(cls, line: Line) -> "Layout":
        return cls("\t" in line.text.strip(" \t"), len(cells(line.text)), line.number)


class Row(NamedTuple):
    """The cells of a word, and the number of its line."""

    line: int
    cells: List[str]


def column_sentences(path: str) -> Iterator[List[Row]]:
    """
    The sentences of a column file, without comments and document starts.

    Raises `ConfigurationError` if a word has more or fewer columns than the first one.
    """
    layout = _layout(path)
    for lines in paragraphs(path):
        rows = [_row(path, line, layout) for line in lines if not _is_skipped(line, layout)]
        if rows:
            yield rows


def _layout(path: str) -> Optional[Layout]:
    words = (line for line in filled_lines(path) if not _is_skipped(line, None))
    return next((Layout.of(line) for line in words), None)


def _is_skipped(line: Line, layout: Optional[Layout]) -> bool:
    if line.text.startswith(DOCUMENT_START):
        return True
    may_be_comment = line.text.startswith("# ") or line.text.strip() == "#"
    return may_be_comment and (layout is None or Layout.of(line)[:2] != layout[:2])


def _row(path: str, line: Line, layout: Optional[Layout]) -> Row:
    row = Row(line.number, cells(line.text))
    if layout is not None and len(row.cells) != layout.columns:
        raise format_error(
            path,
            line.number,
            f"{len(row.cells)} column(s) in {line.text!r}",
            f"{layout.columns} as in line {layout.line}",
            "Columns are separated by tabs if the line contains one, by spaces otherwise; "
            "an empty line ends a sentence.",
        )
    return row
