"""The reader of column files with a tag on every word: entities (CoNLL-2003, WNUT17, …) or other labels."""

from typing import Any, Iterator, List, Optional

from allennlp.data import DatasetReader

from skd_plugin.data.files.columns import Row, column_sentences
from skd_plugin.data.files.errors import format_error
from skd_plugin.data.files.sentence import Sentence
from skd_plugin.data.readers.sentence_reader import SentenceReader
from skd_plugin.data.tags.conversion import TagScheme


@DatasetReader.register("skd_conll_ner")
class ConllNer(SentenceReader):
    """
    Reads files with one word per line in columns, and empty lines between sentences. Entity tags become BIOUL.

    Columns are separated by tabs if the line contains one, so that words may contain spaces, and by runs of spaces
    otherwise. Lines that begin with `-DOCSTART-` are dropped. A line that begins with `# ` is a comment unless it looks
    like the line of a word (same separator, same number of columns).

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

    See `SentenceReader` for the others.
    """

    def __init__(
        self,
        word_column: int = 0,
        tag_column: int = -1,
        scheme: Optional[str] = None,
        on_ill_formed: str = "error",
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self._word_column = word_column
        self._tag_column = tag_column
        self._tag_scheme = TagScheme(scheme, on_ill_formed)

    def read_file(self, path: str, withheld: bool) -> Iterator[Sentence]:
        if withheld:
            return (self._sentence(path, rows) for rows in column_sentences(path))
        return self._tag_scheme.convert(path, lambda: self._tagged(path))

    def _tagged(self, path: str) -> Iterator[Sentence]:
        for rows in column_sentences(path):
            sentence = self._sentence(path, rows)
            tags = _column(path, rows, self._tag_column, "tag_column")
            self._check_distinct(path, rows[0])
            yield sentence._replace(tags=[tag.strip() for tag in tags])

    def _sentence(self, path: str, rows: List[Row]) -> Sentence:
        words = _column(path, rows, self._word_column, "word_column")
        return Sentence(words, None, [row.line for row in rows])

    def _check_distinct(self, path: str, row: Row) -> None:
        size = len(row.cells)
        if self._tag_column % size == self._word_column % size:
            raise format_error(
                path,
                row.line,
                f"{size} column(s), so that `word_column` and `tag_column` are the same one",
                "a tag beside the word",
                'Correct the options, or name the file under "unlabelled" in the data path.',
            )


def _column(path: str, rows: List[Row], column: int, option: str) -> List[str]:
    for row in rows:
        size = len(row.cells)
        if not -size <= column < size:
            raise format_error(
                path, row.line, f"{size} column(s)", f"one for `{option}` {column}", f"Correct `{option}`."
            )
        if not row.cells[column]:
            raise format_error(path, row.line, f"an empty column {column}", f"text for `{option}`", "Fill it in.")
    return [row.cells[column] for row in rows]
