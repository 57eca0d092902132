"""Numbers and lists as sentences have them."""

from typing import Mapping, Sequence

_LISTED = 8


def count(number: int, noun: str) -> str:
    """`1 sentence`, `2,000 sentences`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def listed(names: Sequence[str]) -> str:
    """The first of the names."""
    more = f" and {len(names) - _LISTED} more" if len(names) > _LISTED else ""
    return ", ".join(names[:_LISTED]) + more


def counted(counts: Mapping[str, int]) -> str:
    """The most frequent names and how often they occur."""
    frequent = sorted(counts, key=lambda name: (-counts[name], name))
    return listed([f"{name} {counts[name]:,}" for name in frequent])


def size(num_bytes: float) -> str:
    """In GB, MB or kB."""
    for unit, name in ((1e9, "GB"), (1e6, "MB")):
        if num_bytes >= unit:
            return f"{num_bytes / unit:,.1f} {name}"
    return f"{num_bytes / 1e3:,.1f} kB"


def duration(seconds: float) -> str:
    """In the largest unit that gives at least 2, and in seconds otherwise."""
    for unit, name in ((86400, "days"), (3600, "h"), (60, "min")):
        if seconds >= 2 * unit:
            return f"{seconds / unit:.0f} {name}"
    return f"{seconds:.0f} s" if seconds >= 1 else "less than a second"
