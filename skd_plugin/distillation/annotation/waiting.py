"""The parts that no worker has."""

from collections import deque
from typing import Deque, Iterator

from skd_plugin.distillation.teachers.reading import Part


class Waiting:
    """
    Parts to be given to workers. One of them is made ready before it is asked for, while the workers read.

    # Parameters

    parts : `Iterator[Part]`
    """

    def __init__(self, parts: Iterator[Part]) -> None:
        self._parts = parts
        self._ready: Deque[Part] = deque()
        self._look_ahead()

    @property
    def is_empty(self) -> bool:
        return not self._ready

    def take(self) -> Part:
        part = self._ready.popleft()
        self._look_ahead()
        return part

    def put_back(self, part: Part) -> None:
        """What a dead worker had."""
        self._ready.append(part)

    def _look_ahead(self) -> None:
        if not self._ready:
            self._ready.extend(part for part in [next(self._parts, None)] if part is not None)
