"""Findings as a terminal shows them."""

import textwrap
from collections import Counter
from typing import Iterator, List, Sequence

from skd_plugin.doctor.finding import LEVELS, Section
from skd_plugin.doctor.wording import count

WIDTH = 100
MARKS = {"ok": "ok", "note": "note", "warning": "WARNING", "error": "ERROR"}
_INDENT = 2 + max(map(len, MARKS.values())) + 2


def as_lines(section: Section) -> Iterator[str]:
    """The title, and each finding under it with its level as a mark and what to do below."""
    yield section.title
    for finding in section.findings:
        mark = f"  {MARKS[finding.level]}".ljust(_INDENT)
        yield from _wrapped(finding.text, mark)
        for paragraph in filter(None, finding.remedy.splitlines()):
            yield from _wrapped(paragraph, f"{' ' * _INDENT}-> ")


def summary(sections: Sequence[Section]) -> str:
    """How many findings of each level there are."""
    numbers = Counter(finding.level for section in sections for finding in section.findings)
    bad = [count(numbers[level], level) for level in reversed(LEVELS[1:]) if numbers[level]]
    return f"{', '.join(bad)}, {numbers['ok']} ok." if bad else f"All {numbers['ok']} checks are ok."


def _wrapped(text: str, begin: str) -> List[str]:
    return textwrap.wrap(
        text,
        WIDTH,
        initial_indent=begin,
        subsequent_indent=" " * len(begin),
        break_long_words=False,
        break_on_hyphens=False,
    )
