"""What a check has found: how bad it is, what it is, and what to do."""

from typing import List, Literal, NamedTuple, Tuple

Level = Literal["ok", "note", "warning", "error"]

LEVELS: Tuple[Level, ...] = ("ok", "note", "warning", "error")
"""
From good to bad: nothing to do; worth knowing; the result may be worse than it could be, or mean less; the training
does not start, or stops.
"""


class Finding(NamedTuple):
    """
    # Parameters

    level : `Level`
    text : `str`
        What was found.
    remedy : `str`, optional (default = `""`)
        What to do about it.
    """

    level: Level
    text: str
    remedy: str = ""


class Section(NamedTuple):
    """Findings about one thing, which the title names."""

    title: str
    findings: List[Finding]
