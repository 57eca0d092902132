"""What a store has, in numbers."""

from collections import Counter
from pathlib import Path
from typing import Dict, NamedTuple

from skd_plugin.distillation.teachers.plan import Plan
from skd_plugin.distillation.teachers.store import Store


class Contents(NamedTuple):
    """
    What is in a store.

    # Parameters

    path : `Path`
    plan : `Plan`
    sentences : `int`
    shards : `int`
        The number of files with sentences.
    size : `int`
        The bytes of these files.
    potentials : `Dict[str, int]`
        The bytes of each potential. What is left of `size` are keys, lengths, checksums and headers.
    """

    path: Path
    plan: Plan
    sentences: int
    shards: int
    size: int
    potentials: Dict[str, int]

    def per_sentence(self, size: int) -> float:
        return size / max(1, self.sentences)


def contents_of(store: Store) -> Contents:
    """The contents of an opened store, which has a plan. Raises `ConfigurationError` if a file is damaged."""
    assert store.plan is not None
    sizes: Counter[str] = Counter()
    count = size = 0
    for shard in store.shards():
        sizes.update(shard.sizes)
        count += 1
        size += shard.path.stat().st_size
    return Contents(store.path, store.plan, len(store), count, size, dict(sizes))
