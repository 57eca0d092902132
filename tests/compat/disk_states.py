"""Every state of a folder in which a kill could leave it: a copy before each operation on its files."""

import os
import shutil
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Iterator, List, Optional, Set, Tuple

from skd_plugin.compat.whole_files import UNFINISHED

_OPERATIONS = {"open", "os.link", "os.mkdir", "os.remove", "os.rename", "os.rmdir", "os.truncate"}
_PLACED = {"os.link", "os.rename"}


class DiskStates:
    """
    Copies a folder while code runs.

    # Parameters

    folder : `Path`
        What to watch.
    copies : `Path`
        Where the copies are put.

    # Attributes

    states : `List[Path]`
        The copies, in the order of time. States that differ only in unfinished files and logs are kept once.
    placed : `Set[str]`
        The names that files have got by being renamed or linked, which happens at once.
    """

    def __init__(self, folder: Path, copies: Path) -> None:
        self.states: List[Path] = []
        self.placed: Set[str] = set()
        self._folder = folder
        self._copies = copies
        self._last: Any = None
        self._active = False

    @contextmanager
    def recording(self) -> Iterator[None]:
        # A hook cannot be removed, so it stays and does nothing.
        sys.addaudithook(self._hook)
        self._active = True
        try:
            yield
            self._copy()
        finally:
            self._active = False

    def _hook(self, event: str, arguments: Tuple[Any, ...]) -> None:
        if not self._active or event not in _OPERATIONS or not self._folder.is_dir():
            return
        paths = [path for path in map(self._inside, arguments) if path is not None]
        if not paths:
            return
        self._active = False
        try:
            self._copy()
        finally:
            self._active = True
        if event in _PLACED:
            self.placed.add(str(paths[-1]))

    def _inside(self, path: Any) -> Optional[Path]:
        if not isinstance(path, (str, os.PathLike)):
            return None
        path = Path(os.path.abspath(path))
        return path.relative_to(self._folder) if path.is_relative_to(self._folder) else None

    def _copy(self) -> None:
        files = {path: path.stat() for path in sorted(self._folder.rglob("*")) if _counts(path)}
        state = [(path, stat.st_ino, stat.st_mtime_ns) for path, stat in files.items() if path.is_file()]
        if state != self._last:
            self._last = state
            self.states.append(self._copies / str(len(self.states)))
            shutil.copytree(self._folder, self.states[-1])


def _counts(path: Path) -> bool:
    return UNFINISHED not in str(path) and path.suffix not in (".log", ".lock")
