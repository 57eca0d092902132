"""A sentence as a file has it, before it becomes an instance."""

from typing import Any, Dict, List, NamedTuple, Optional


class Sentence(NamedTuple):
    """The words, their tags (None without gold), their line numbers, and other entries for the metadata by name."""

    words: List[str]
    tags: Optional[List[str]]
    lines: List[int]
    extras: Dict[str, Any] = {}
