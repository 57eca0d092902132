"""How the files of a project are read: found out from what is in them."""

from itertools import islice
from typing import Any, Dict, List, Optional

from skd_plugin.data.files.columns import column_sentences, is_numbered
from skd_plugin.data.files.conllu import Word, conllu_sentences
from skd_plugin.data.files.errors import format_error
from skd_plugin.data.files.paths import sources
from skd_plugin.data.readers.formats import COLUMNS, CONLLU, TEXT, are_tags, content_of, labelled_content_of
from skd_plugin.projects.tasks import TASKS

_HEAD = 500


def reader_of(task: str, paths: List[str]) -> Dict[str, Any]:
    """
    The reader for a task, and its options, as the first of these files of labelled sentences needs it.

    Without files it is the task's default. Raises `ConfigurationError` for a file that is missing, or is not what the
    task needs, or has another format than the first.
    """
    files = [source.path for path in paths for source in sources(path)]
    if not files:
        return TASKS[task].reader
    formats = [labelled_content_of(file) for file in files]
    for file, content in zip(files, formats):
        if task == "parser" and content.format != CONLLU:
            raise format_error(
                file, content.line.number, content.format, CONLLU, "A parser learns from trees. Convert the file."
            )
        if content.format != formats[0].format:
            remedy = "One reader reads all labelled sentences. Convert one of the files."
            raise format_error(
                file, content.line.number, content.format, f"{formats[0].format} as in {files[0]}", remedy
            )
    recognize = _recognize_columns if formats[0].format == COLUMNS else _recognize_conllu
    return recognize(task, files[0])


def own_format_of(reader: Dict[str, Any]) -> str:
    """The format of the labelled sentences that a reader with these options reads."""
    return COLUMNS if reader["type"] == "skd_conll_ner" else CONLLU


def unlabelled_format_of(path: str, reader: Dict[str, Any]) -> Optional[str]:
    """
    The reader's option `unlabelled_format`, if the ending of the file's name does not say what is in it.

    Raises `ConfigurationError` for a file that is missing, or has neither text nor the format of the reader.
    """
    own = own_format_of(reader)
    file, *_ = sources({"unlabelled": path})
    content = content_of(file.path)
    if content is not None and content.format != own:
        remedy = "Write its words as text, with spaces between them."
        raise format_error(file.path, content.line.number, content.format, f"{TEXT}, or {own}", remedy)
    is_text = content is None
    return None if file.is_text == is_text else "text" if is_text else "own"


def _recognize_columns(task: str, path: str) -> Dict[str, Any]:
    sentences = list(islice(column_sentences(path), _HEAD))
    rows = [row for sentence in sentences for row in sentence if row.fault is None]
    word_column = int(all(is_numbered(sentence, 0) for sentence in sentences))
    columns = [[row.cells[column] for row in rows] for column in range(len(rows[0].cells))]
    found = [
        number
        for number, cells in enumerate(columns)
        if number > word_column and are_tags(cells) == (task == "ner") and (task == "ner" or len(set(cells)) > 1)
    ]
    if not found:
        rule = "tags of entities, such as 'B-PER' or 'O'" if task == "ner" else "parts of speech"
        finding = f"no such column beside the words ({rows[0].cells})"
        remedy = "Check that this is the file you mean, and --task."
        raise format_error(path, rows[0].line, finding, f"a column of {rule}", remedy)
    # The last one, as in CoNLL-2003, where phrases and entities have tags of the same form.
    return {
        "type": "skd_conll_ner",
        **({"word_column": word_column} if word_column else {}),
        **({"tag_column": found[-1]} if found[-1] < len(columns) - 1 else {}),
        **({} if task == "ner" else {"scheme": "plain"}),
    }


def _recognize_conllu(task: str, path: str) -> Dict[str, Any]:
    if task == "parser":
        return TASKS[task].reader
    words = [word for sentence in islice(conllu_sentences(path), _HEAD) for word in sentence.words]
    tags = _tags_of_entities(words) if task == "ner" else _parts_of_speech(words)
    if tags is None:
        rule = "tags of entities in MISC, such as NE=B-PER" if task == "ner" else "parts of speech in UPOS or XPOS"
        remedy = "Check that this is the file you mean, and --task."
        raise format_error(path, words[0].line, f"none ({words[0].text!r})", rule, remedy)
    return {"type": "skd_conllu", "tags": tags}


def _tags_of_entities(words: List[Word]) -> Optional[str]:
    """The first key of MISC that has the tag of an entity, or O, on every word."""
    keys = list(words[0].fields["misc"] or {})
    return next((key for key in keys if are_tags([_value(word, key) for word in words])), None)


def _value(word: Word, key: str) -> str:
    return next(iter(word.misc_values(key)), "")


def _parts_of_speech(words: List[Word]) -> Optional[str]:
    return next((name for name in ("upos", "xpos") if all(word.fields[name] for word in words)), None)
