"""Recognition of the scheme of a file's tags: the first scheme whose rules every sentence keeps.

Where several schemes fit, they write the file's spans alike (O alone, or B and E without inside tags), so their order
does not matter.
"""

from typing import Callable, Dict, Iterable, Iterator, NamedTuple, Optional, Tuple

from allennlp.common.checks import ConfigurationError

from skd_plugin.data.files.errors import format_error
from skd_plugin.data.files.sentence import Sentence
from skd_plugin.data.tags.schemes import OUTSIDE, PREFIXES, Misfit, first_misfit, has_type, is_tag


def recognize(path: str, read: Callable[[], Iterable[Sentence]]) -> str:
    """The first scheme that fits every sentence of the file. Raises `ConfigurationError` if none does."""
    schemes = list(PREFIXES)
    for sentence in checked(path, read()):
        if any(tag != OUTSIDE for tag in sentence.tags or ()):
            schemes = [scheme for scheme in schemes if first_misfit(sentence.tags or (), scheme) is None]
        if not schemes:
            raise _no_scheme_error(path, checked(path, read()))
    return schemes[0]


def checked(path: str, sentences: Iterable[Sentence]) -> Iterator[Sentence]:
    """
    The sentences. Raises `ConfigurationError` for a tag that no scheme has, and if some tags have a type and others
    have none.
    """
    first: Optional[Tuple[str, int]] = None
    for sentence in sentences:
        for tag, line in zip(sentence.tags or (), sentence.lines, strict=True):
            if not is_tag(tag):
                raise _no_tag_error(path, tag, line)
            if tag != OUTSIDE:
                first = first or (tag, line)
                if has_type(tag) != has_type(first[0]):
                    rule = (
                        f"one {'with' if has_type(first[0]) else 'without'} a type, as {first[0]!r} in line {first[1]}"
                    )
                    raise format_error(
                        path, line, f"the tag {tag!r}", rule, "Give all tags of the file a type, or none."
                    )
        yield sentence


def _no_tag_error(path: str, tag: str, line: int) -> ConfigurationError:
    rule = "'O' or a prefix with a type or without one, such as 'B-PER' or 'B'"
    remedy = "If another column has the tags, name it; if the labels are not entity tags, set `scheme` to 'plain'."
    return format_error(path, line, f"the tag {tag!r}", rule, remedy)


class _Record(NamedTuple):
    """How many sentences of a file break a scheme, and where the first one does."""

    breaches: int
    scheme: str
    line: int
    misfit: Misfit


def _no_scheme_error(path: str, sentences: Iterable[Sentence]) -> ConfigurationError:
    """The error for a file that no scheme fits; it names the scheme that the fewest sentences break."""
    records: Dict[str, _Record] = {}
    for sentence in sentences:
        for scheme in PREFIXES:
            misfit = first_misfit(sentence.tags or (), scheme)
            if misfit:
                record = records.get(scheme, _Record(0, scheme, sentence.lines[misfit.position], misfit))
                records[scheme] = record._replace(breaches=record.breaches + 1)
    nearest = min(records.values(), key=lambda record: record.breaches)
    return format_error(
        path,
        nearest.line,
        f"the tag {nearest.misfit.tag!r}",
        f"{nearest.misfit.correction!r} in {nearest.scheme}, the nearest scheme, as none fits",
        f"Correct the {nearest.breaches} sentence(s) that break it, or set `on_ill_formed` to 'repair'.",
    )
