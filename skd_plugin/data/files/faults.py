"""What is wrong with a sentence of a file."""

from typing import NamedTuple


class Fault(NamedTuple):
    """What is wrong with a sentence: its kind, the line that shows it, what stands there, what should, and a remedy."""

    kind: str
    line: int
    finding: str
    rule: str
    remedy: str
