"""The sentences of a CoNLL-U file, parsed by the `conllu` library and checked line by line."""

from typing import Any, Callable, Dict, Iterator, List, NamedTuple

from conllu.exceptions import ParseException
from conllu.parser import (
    DEFAULT_FIELDS,
    parse_dict_value,
    parse_id_value,
    parse_int_value,
    parse_line,
    parse_nullable_value,
)

from skd_plugin.data.files.errors import format_error
from skd_plugin.data.files.lines import Line, paragraphs
from skd_plugin.data.files.trees import out_of_range


class Word(NamedTuple):
    """
    The line of a word: its number in the file, its fields under the names of the `conllu` library, and its text.

    FEATS and DEPS stay strings. Spaces around FORM, UPOS, XPOS and DEPREL are no part of them.
    """

    line: int
    fields: Dict[str, Any]
    text: str

    def misc_values(self, name: str) -> List[str]:
        """The values of all entries of MISC with this name, without spaces around them."""
        entries = (entry.partition("=") for entry in self.text.rpartition("\t")[2].split("|"))
        return [value.strip() for key, _, value in entries if key.strip() == name]


class ConlluSentence(NamedTuple):
    """The words of a sentence, and all of its lines, including comments, multiword tokens and empty nodes."""

    words: List[Word]
    lines: List[str]

    def column(self, name: str) -> List[Any]:
        """The field of this name of every word."""
        return [word.fields[name] for word in self.words]


def _parse_nullable(cells: List[str], index: int) -> Any:
    return parse_nullable_value(cells[index].strip())


_PARSERS: Dict[str, Callable[[List[str], int], Any]] = {
    **dict.fromkeys(("upos", "xpos", "feats", "deprel", "deps"), _parse_nullable),
    "form": lambda cells, index: cells[index].strip(" "),
    "id": lambda cells, index: parse_id_value(cells[index]),
    "head": lambda cells, index: parse_int_value(cells[index]),
    "misc": lambda cells, index: parse_dict_value(cells[index]),
}


def conllu_sentences(path: str, any_heads: bool = False) -> Iterator[ConlluSentence]:
    """
    The sentences of the file; paragraphs of comments alone are dropped.

    Raises `ConfigurationError` for what is not CoNLL-U, and for heads that are not words of their sentence,
    unless `any_heads` is set.
    """
    for lines in paragraphs(path):
        words = [word for line in lines for word in _words(path, line)]
        if words:
            sentence = ConlluSentence(words, [line.text for line in lines])
            _check_ids(path, words)
            if not any_heads:
                _check_heads(path, sentence)
            yield sentence


def _words(path: str, line: Line) -> List[Word]:
    """The word of a line; none for comments, multiword tokens and empty nodes."""
    if line.text.startswith("#"):
        return []
    columns = line.text.count("\t") + 1
    if columns != len(DEFAULT_FIELDS):
        remedy = (
            "CoNLL-U separates columns by one tab, writes '_' for nothing and begins comments with '#'. Files of other "
            'columns are for the reader skd_conll_ner, and text is for files *.txt under "unlabelled".'
        )
        raise format_error(path, line.number, f"{columns} column(s) in {line.text!r}", "10", remedy)
    if "  " in line.text:
        remedy = "The conllu library would split the column there."
        raise format_error(path, line.number, f"two spaces in a row in {line.text!r}", "at most one", remedy)
    try:
        fields = parse_line(line.text, DEFAULT_FIELDS, _PARSERS)
    except ParseException as error:
        raise format_error(path, line.number, repr(line.text), "a line of CoNLL-U", f"conllu says: {error}") from error
    if not isinstance(fields["id"], int):
        return []
    if not fields["form"]:
        remedy = "Write the word, or '_' if it is an underscore or has no form."
        raise format_error(path, line.number, f"an empty FORM in {line.text!r}", "a word", remedy)
    return [Word(line.number, fields, line.text)]


def _check_ids(path: str, words: List[Word]) -> None:
    for number, word in enumerate(words, start=1):
        if word.fields["id"] != number:
            remedy = "The words of a sentence are numbered 1, 2, 3 …, and an empty line ends a sentence."
            raise format_error(path, word.line, f"the word number {word.fields['id']}", str(number), remedy)


def _check_heads(path: str, sentence: ConlluSentence) -> None:
    fault = out_of_range(sentence.column("head"), [word.line for word in sentence.words])
    if fault:
        raise format_error(path, fault.line, fault.finding, fault.rule, f"{fault.remedy}, or write '_'.")
