"""Which scheme the tags of a file are written in: the first whose rules every sentence keeps.

Several can fit only where they write the same spans alike (O alone, or B and E without inside tags), so their
order does not matter.
"""

from typing import Callable, Dict, Iterable, NamedTuple

from allennlp.common.checks import ConfigurationError

from skd_plugin.data.files.errors import malformed
from skd_plugin.data.files.sentence import Sentence
from skd_plugin.data.tags.schemes import OUTSIDE, PREFIXES, Misfit, is_tag, misfit


def recognized(path: str, read: Callable[[], Iterable[Sentence]]) -> str:
    """The first scheme that fits every sentence of the file."""
    fitting = list(PREFIXES)
    for sentence in read():
        check_tags(path, sentence)
        if any(tag != OUTSIDE for tag in sentence.tags or ()):
            fitting = [scheme for scheme in fitting if misfit(sentence.tags or (), scheme) is None]
        if not fitting:
            raise _fits_none(path, read())
    return fitting[0]


def check_tags(path: str, sentence: Sentence) -> None:
    """Refuse tags that no scheme has."""
    for tag, line in zip(sentence.tags or (), sentence.lines, strict=True):
        if not is_tag(tag):
            raise malformed(
                path,
                line,
                f"the tag {tag!r}",
                "'O' or a prefix and a type such as 'B-PER'",
                "If another column holds the tags, name it; if the labels are no entity tags, set `scheme` to 'plain'.",
            )


class _Record(NamedTuple):
    """How a scheme fares over a file: how many sentences break it, and where the first does."""

    broken: int
    scheme: str
    line: int
    misfit: Misfit


def _fits_none(path: str, sentences: Iterable[Sentence]) -> ConfigurationError:
    """The error for a file in no scheme: it speaks of the scheme that the fewest sentences break."""
    records: Dict[str, _Record] = {}
    for sentence in sentences:
        check_tags(path, sentence)
        for scheme in PREFIXES:
            found = misfit(sentence.tags or (), scheme)
            if found:
                first = records.get(scheme, _Record(0, scheme, sentence.lines[found.position], found))
                records[scheme] = first._replace(broken=first.broken + 1)
    nearest = min(records.values(), key=lambda record: record.broken)
    return malformed(
        path,
        nearest.line,
        f"the tag {nearest.misfit.found!r}",
        f"{nearest.misfit.expected!r} in {nearest.scheme}, the nearest scheme, as none fits",
        f"Correct the {nearest.broken} sentence(s) that break it, or set `on_ill_formed` to 'repair'.",
    )
