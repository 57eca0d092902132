"""A sentence as it stands in a file, before it becomes an instance."""

from typing import Any, Dict, List, NamedTuple, Optional


class Sentence(NamedTuple):
    """Words, their tags (None without gold), their line numbers, and what else the format says of them."""

    words: List[str]
    tags: Optional[List[str]]
    lines: List[int]
    extras: Dict[str, Any] = {}
