"""Markdown: tables, and prose wrapped for reading."""

import textwrap
from typing import Sequence

_COLUMNS = 100
_NOT_PROSE = ("|", "-", "#", "`python")


def wrapped(section: str) -> str:
    """The section with its prose wrapped; tables, lists, headings and commands stay as they are."""
    return section if section.startswith(_NOT_PROSE) else textwrap.fill(section, _COLUMNS, break_on_hyphens=False)


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table whose columns are padded, so that it also reads well in a terminal."""
    lines = [list(header), *map(list, rows)]
    widths = [max(3, *(len(line[column]) for line in lines)) for column in range(len(header))]
    padded = [" | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) for line in lines]
    rule = " | ".join("-" * width for width in widths)
    return "\n".join(f"| {line} |" for line in (padded[0], rule, *padded[1:]))
