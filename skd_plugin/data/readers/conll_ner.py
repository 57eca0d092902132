"""The reader of column files with a tag on every word: entities (CoNLL-2003, WNUT17, …) or other labels."""

from itertools import chain, islice
from typing import Any, Callable, Iterator, List, Optional

from allennlp.data import DatasetReader

from skd_plugin.data.files.columns import NUMBER_OF_NO_WORD, Row, column_sentences, is_numbered
from skd_plugin.data.files.errors import format_error
from skd_plugin.data.files.faults import Fault
from skd_plugin.data.files.sentence import Sentence
from skd_plugin.data.readers.bad_sentences import BadSentences
from skd_plugin.data.readers.formats import COLUMNS
from skd_plugin.data.readers.sentence_reader import SentenceReader
from skd_plugin.data.tags.conversion import ENTITY_TYPE, TagScheme

_SENTENCES_WITH_NUMBERS = 5


@DatasetReader.register("skd_conll_ner")
class ConllNer(SentenceReader):
    """
    Reads files with one word per line in columns, and empty lines between sentences. Entity tags become BIOUL.

    Columns are separated by tabs if the line contains one, so that words may contain spaces, and by runs of spaces
    otherwise. Lines that begin with `-DOCSTART-` are dropped and end a sentence. A line that begins with `# ` is a
    comment unless it looks like the line of a word (same separator, same number of columns). If it does, it is the word
    `#`, except before the first word of a sentence where no other word of the file has this tag.

    Registered as a `DatasetReader` with name "skd_conll_ner".

    # Parameters

    word_column : `int`, optional (default = `0`)
        The column of the word, counted from 0, or from the end if negative.
    tag_column : `int`, optional (default = `-1`)
        The column of the tag, counted in the same way.
    scheme : `str`, optional (default = `None`)
        The scheme of the tags (see `TagScheme`), recognized by default. `plain` keeps labels as they are, such as parts
        of speech.
    on_ill_formed : `str`, optional (default = `"error"`)
        What to do with tags that break the scheme: `error` or `repair` (see `TagScheme`).
    entity_type : `str`, optional (default = `"ENTITY"`)
        The type of entities whose tags have none (`B`, `I`, `O`). It is their label in spaCy, too.
    on_bad_line : `str`, optional (default = `"error"`)
        What to do with a sentence one of whose lines has another number of columns, or no word or tag: `error` raises
        `ConfigurationError`, `skip` leaves the sentence out and logs how many there were.

    See `SentenceReader` for the others.
    """

    own_format = COLUMNS

    def __init__(
        self,
        word_column: int = 0,
        tag_column: int = -1,
        scheme: Optional[str] = None,
        on_ill_formed: str = "error",
        entity_type: str = ENTITY_TYPE,
        on_bad_line: str = "error",
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self._word_column = word_column
        self._tag_column = tag_column
        self._tag_scheme = TagScheme(scheme, on_ill_formed, entity_type)
        self._bad_lines = BadSentences("on_bad_line", on_bad_line)

    @property
    def tags_entities(self) -> bool:
        return not self._tag_scheme.is_plain

    def read_file(self, path: str, withheld: bool) -> Iterator[Sentence]:
        if withheld:
            return (_sentence(rows, self._words(path, rows)) for rows in self._rows(path, self._word_fault))
        return self._tag_scheme.convert(path, lambda: self._tagged(path))

    def _tagged(self, path: str) -> Iterator[Sentence]:
        for rows in self._rows(path, self._fault):
            words, tags = self._words(path, rows), _column(path, rows, self._tag_column, "tag_column")
            self._check_distinct(path, rows[0])
            yield _sentence(rows, words)._replace(tags=[tag.strip() for tag in tags])

    def _rows(self, path: str, fault_of: Callable[[List[Row]], Optional[Fault]]) -> Iterator[List[Row]]:
        sentences = self._bad_lines.without(path, column_sentences(path, self._tag_column), fault_of)
        return _without_numbers(path, sentences, self._word_column)

    def _words(self, path: str, rows: List[Row]) -> List[str]:
        return _column(path, rows, self._word_column, "word_column")

    def _fault(self, rows: List[Row]) -> Optional[Fault]:
        return self._word_fault(rows) or _empty_cell(rows, self._tag_column, "tag")

    def _word_fault(self, rows: List[Row]) -> Optional[Fault]:
        faults = (row.fault for row in rows if row.fault)
        return next(faults, None) or _empty_cell(rows, self._word_column, "word")

    def _check_distinct(self, path: str, row: Row) -> None:
        size = len(row.cells)
        if self._tag_column % size == self._word_column % size:
            raise format_error(
                path,
                row.line,
                f"{size} column(s), so that `word_column` and `tag_column` are the same one",
                "a tag beside the word",
                'Correct the options, or name the file under "unlabelled" in the data path'
                " (`allennlp predict --use-dataset-reader` needs no tags).",
            )


def _sentence(rows: List[Row], words: List[str]) -> Sentence:
    return Sentence(words, None, [row.line for row in rows])


def _column(path: str, rows: List[Row], column: int, option: str) -> List[str]:
    size, line = len(rows[0].cells), rows[0].line
    if not -size <= column < size:
        raise format_error(path, line, f"{size} column(s)", f"one for `{option}` {column}", f"Correct `{option}`.")
    return [row.cells[column] for row in rows]


def _without_numbers(path: str, sentences: Iterator[List[Row]], word_column: int) -> Iterator[List[Row]]:
    """
    The sentences. Raises `ConfigurationError` if their words are the numbers 1, 2, 3 …, as the first column of CoNLL-U
    has them, and for what has a number there but is no word.
    """
    first = list(islice(sentences, _SENTENCES_WITH_NUMBERS))
    if any(len(rows) > 1 for rows in first) and all(is_numbered(rows, word_column) for rows in first):
        remedy = "Set `word_column` to the column of the words, or use the reader skd_conllu for CoNLL-U."
        raise format_error(path, first[0][0].line, "words that are the numbers 1, 2, 3 …", "words", remedy)
    for rows in chain(first, sentences):
        if word_column % len(rows[0].cells) != 0:
            _check_numbers(path, rows)
        yield rows


def _check_numbers(path: str, rows: List[Row]) -> None:
    for row in rows:
        if NUMBER_OF_NO_WORD.fullmatch(row.cells[0]) and is_numbered(rows, 0):
            finding = f"{row.cells[0]!r}, the number of a multiword token or an empty node"
            remedy = "Use the reader skd_conllu, which leaves them out."
            raise format_error(path, row.line, finding, "one word per line", remedy)


def _empty_cell(rows: List[Row], column: int, content: str) -> Optional[Fault]:
    """The first word without anything in this column; a column that does not exist is another error."""
    for row in rows:
        size = len(row.cells)
        if -size <= column < size and not row.cells[column]:
            finding = f"an empty column {column % size}"
            return Fault(f"no {content}", row.line, finding, f"text for `{content}_column`", "Fill it in")
    return None
