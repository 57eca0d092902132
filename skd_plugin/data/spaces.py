"""What separates words on a line: spaces and tabs, never the Unicode spaces that words may hold.

A no-break space (`10 000`), an ideographic space or U+2028 belongs to its word, unlike with `str.split()`.
"""

import re
from typing import List

_SEPARATORS = re.compile("[ \t]+")


def pretokenized(line: str) -> List[str]:
    """The words of a line that runs of spaces or tabs separate."""
    return [word for word in _SEPARATORS.split(line) if word]


def cells(line: str) -> List[str]:
    """The columns of a line: between tabs where it holds one, between runs of spaces otherwise."""
    line = line.strip(" \t")
    return [cell.strip(" ") for cell in line.split("\t")] if "\t" in line else pretokenized(line)
