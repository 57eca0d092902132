"""A line of a file of soft labels: a JSON object with the words of a sentence and what is known of them."""

import json
from typing import Any, Dict, NamedTuple, NoReturn, Optional

from allennlp.common.checks import ConfigurationError

from skd_plugin.data.files.errors import format_error
from skd_plugin.distillation.teachers.model import Words

FORMS = ("tags", "spans", "heads", "n_best")
"""The keys of which a line has one."""

_OTHERS = ("words", "relations", "meta")
_EXAMPLE = '{"words": ["Anna", "left"], "tags": [{"U-PER": 0.9, "O": 0.1}, {"O": 1}]}'


class Misread(Exception):
    """
    What is wrong with a line, apart from where it is.

    # Parameters

    finding : `str`
        What stands there.
    rule : `str`
        What was expected.
    remedy : `str`
        What to do.
    """

    def __init__(self, finding: str, rule: str, remedy: str) -> None:
        super().__init__(finding)
        self.finding, self.rule, self.remedy = finding, rule, remedy

    def at(self, path: str, line: Optional[int]) -> ConfigurationError:
        """The error about this line of a file."""
        return format_error(path, line, self.finding, self.rule, self.remedy)


class Record(NamedTuple):
    """
    A sentence and its labels.

    # Parameters

    words : `Words`
    form : `str`
        One of `FORMS`.
    labels : `Dict[str, Any]`
        The object of the line, whose labels have not been looked at.
    """

    words: Words
    form: str
    labels: Dict[str, Any]


def read_record(line: bytes) -> Record:
    """The sentence in a line. Raises `Misread`."""
    content = _parsed(line)
    if not isinstance(content, dict):
        raise Misread(shown(content), "an object", f"Write one sentence per line, such as {_EXAMPLE}.")
    given = [form for form in FORMS if form in content]
    unknown = [name for name in content if name not in (*FORMS, *_OTHERS)]
    if unknown:
        rule = f"one of {', '.join((*_OTHERS, *FORMS))}"
        raise Misread(f"the key {unknown[0]!r}", rule, "Correct the key, or put what is your own under 'meta'.")
    if len(given) != 1:
        finding = f"the keys {', '.join(content) or 'of no entry'}"
        raise Misread(finding, f"words and one of {', '.join(FORMS)}", f"Write lines such as {_EXAMPLE}.")
    if "relations" in content and given != ["heads"]:
        raise Misread(f"relations beside {given[0]}", "relations beside heads", "Leave the relations out.")
    return Record(_words(content.get("words")), given[0], content)


def shown(value: Any) -> str:
    """A value of a line as messages show it."""
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _parsed(line: bytes) -> Any:
    try:
        return json.loads(line.decode("utf-8-sig"), parse_constant=_refuse_constant)
    except UnicodeDecodeError as error:
        finding = f"the byte 0x{line[error.start]:02x}"
        raise Misread(finding, "text in UTF-8", "Convert the file first, with `iconv -t UTF-8`.") from error
    except (ValueError, RecursionError) as error:
        finding = f"{line[:40].decode('utf-8', 'replace').strip()!r}, which is not JSON ({error})"
        raise Misread(finding, "a JSON object in one line", f"Write lines such as {_EXAMPLE}.") from error


def _refuse_constant(name: str) -> NoReturn:
    raise Misread(name, "finite numbers", "Find out where the file was written why this is no number.")


def _words(value: Any) -> Words:
    if not isinstance(value, list) or not value or not all(isinstance(word, str) and word for word in value):
        raise Misread(
            f"the words {shown(value)}", "a list of one word or more", "Give every sentence as a list of its words."
        )
    return tuple(value)
