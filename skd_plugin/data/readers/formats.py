"""Whether the content of a file is CoNLL-U, columns or JSON lines rather than text with one sentence per line.

The first lines decide, and only if they leave little doubt. A file is taken for columns if nearly all of its lines have
the same layout, and if one column has the tags of entities, or if lines stand in runs between empty ones, as the words
of sentences do, and the first column has punctuation or counts the lines of each run.
"""

import json
import re
from itertools import islice
from typing import List, NamedTuple, Optional

from skd_plugin.data.files.columns import Row, begins_document, is_numbered, layout_of, may_be_comment, row_of
from skd_plugin.data.files.errors import format_error
from skd_plugin.data.files.lines import Line, filled_lines, is_blank, numbered_lines, runs
from skd_plugin.data.tags.schemes import OUTSIDE, has_type, is_tag

TEXT, COLUMNS, CONLLU, JSON_LINES = "text with one sentence per line", "columns", "CoNLL-U", "JSON lines"

_HEAD = 1000
_MOST, _SOME = 0.95, 0.03
_FEWEST_WORDS = 10
_WORD_OF_CONLLU = re.compile(r"\d+([-.]\d+)?(\t[^\t]*){5}\t(\d+|_)(\t[^\t]*){3}")
_READERS = {COLUMNS: "skd_conll_ner", CONLLU: "skd_conllu or skd_dependencies"}


class Content(NamedTuple):
    """The format that a file plainly has, and the first line that shows it."""

    format: str
    line: Line


def check_is_text(path: str, own: str) -> None:
    """Raises `ConfigurationError` for a file that is plainly no text; `own` is the format of the reader itself."""
    content = content_of(path)
    if content is not None:
        finding = f"what looks like {content.format} ({content.line.text[:60]!r})"
        remedy = f"{_remedy(content.format, own)} If it is text, set `unlabelled_format` to 'text'."
        raise format_error(path, content.line.number, finding, TEXT, remedy)


def check_is_no_json(path: str, own: str) -> None:
    """Raises `ConfigurationError` for JSON lines in place of the reader's own format."""
    line = next(filled_lines(path), None)
    if line is not None and _is_object(line.text):
        raise format_error(path, line.number, f"{JSON_LINES} ({line.text[:60]!r})", own, f"Convert it to {own}.")


def _remedy(found: str, own: str) -> str:
    if found == own:
        return (
            "Set the reader's option `unlabelled_format` to 'own' to read it without its labels, or give the file "
            "another ending than .txt."
        )
    if found in _READERS:
        return f"Write its words as text, with spaces between them, or use the reader {_READERS[found]}."
    return "Write its words as text, with spaces between them."


def content_of(path: str) -> Optional[Content]:
    """The format of a file that is plainly no text; None for all other files."""
    lines = list(islice(numbered_lines(path), _HEAD))
    filled = [line for line in lines if not is_blank(line)]
    if not filled:
        return None
    if _is_object(filled[0].text):
        return Content(JSON_LINES, filled[0])
    words = [line for line in filled if not line.text.startswith("#")]
    if words and is_conllu(words[0]):
        return Content(CONLLU, words[0])
    if begins_document(filled[0]):
        return Content(COLUMNS, filled[0])
    return _columns(lines)


def labelled_content_of(path: str) -> Content:
    """
    The format, columns or CoNLL-U, of a file that has labelled sentences.

    A file is taken for columns if nearly all of its lines have the same layout. Raises `ConfigurationError` for a file
    that is neither.
    """
    content = content_of(path)
    words = [line for line in islice(numbered_lines(path), _HEAD) if _may_be_word(line)]
    alike = _alike(words)
    if content is None and alike and len(alike[0]) > 1:
        content = Content(COLUMNS, words[0])
    if content is None or content.format == JSON_LINES:
        found = f"what looks like {TEXT if content is None else content.format}" if words else "no sentence"
        remedy = "Check that this is the file you mean, or convert it."
        raise format_error(path, words[0].number if words else None, found, f"{COLUMNS} or {CONLLU}", remedy)
    return content


def is_conllu(line: Line) -> bool:
    """Whether this is a word, a multiword token or an empty node of CoNLL-U."""
    return _WORD_OF_CONLLU.fullmatch(line.text) is not None


def _is_object(text: str) -> bool:
    if not text.lstrip().startswith("{"):
        return False
    try:
        return bool(json.loads(text))
    except (ValueError, RecursionError):
        return False


def _columns(lines: List[Line]) -> Optional[Content]:
    words = list(filter(_may_be_word, lines))
    alike = _alike(words)
    layout = layout_of(words)
    if layout is None or len(words) < 2 or not alike:
        return None
    sentences = [[row_of(line, layout) for line in run] for run in runs(lines)]
    stand_in_runs = len(words) >= _FEWEST_WORDS and 2 <= len(sentences) <= len(words) / 2
    if _has_tags(alike) or (stand_in_runs and (_has_punctuation(alike) or _are_numbered(sentences))):
        return Content(COLUMNS, words[0])
    return None


def _may_be_word(line: Line) -> bool:
    return not is_blank(line) and not begins_document(line) and not may_be_comment(line)


def _alike(words: List[Line]) -> List[List[str]]:
    """The cells of the lines that have the most frequent layout; none if they are not nearly all of the lines."""
    layout = layout_of(words)
    rows = [] if layout is None else [row_of(line, layout) for line in words]
    alike = [row.cells for row in rows if row.fault is None]
    return alike if len(alike) >= _MOST * len(rows) else []


def _has_tags(rows: List[List[str]]) -> bool:
    return any(are_tags([row[column] for row in rows]) for column in range(1, len(rows[0])))


def are_tags(cells: List[str]) -> bool:
    """Whether nearly all of these cells of a column are tags of entities, and one is O or has a type."""
    tags = [cell for cell in cells if is_tag(cell)]
    return len(tags) >= _MOST * len(cells) and any(tag == OUTSIDE or has_type(tag) for tag in tags)


def _has_punctuation(rows: List[List[str]]) -> bool:
    """Whether some words, which stand in the first column, are punctuation; lines of text hardly begin with it."""
    return sum(not any(map(str.isalnum, row[0])) for row in rows if row[0]) >= _SOME * len(rows)


def _are_numbered(sentences: List[List[Row]]) -> bool:
    numbered = [is_numbered([row for row in rows if row.fault is None] or rows, 0) for rows in sentences]
    return sum(numbered) >= _MOST * len(numbered)
