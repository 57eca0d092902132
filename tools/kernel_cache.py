"""Keeps compiled kernels between clones: numba's cached files, in one archive for each state of the kernels' sources.

numba caches each function beside its source file and compiles it anew when that file changes. It does not notice when
another file changes, although the functions called from there are part of the compiled code. Here one key stands for
all sources together. `restore` removes cached files that were compiled under another key.
"""

import ast
import hashlib
import os
import re
import sys
import tempfile
import zipfile
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path
from typing import Iterator, List, Set

from llvmlite import binding

PROJECT_ROOT = Path(__file__).parent.parent
PACKAGE = "skd_plugin"
KEPT = 10
"""How many archives stay in the cache folder."""

_COMPILED = re.compile(r"\bnjit\b|^@compiled(_strictly)?\b", re.M)


class KernelCache:
    """
    # Parameters

    root : a checkout
    folder : where archives are kept, by default `$XDG_CACHE_HOME/skd_plugin` or `~/.cache/skd_plugin`
    """

    def __init__(self, root: Path = PROJECT_ROOT, folder: Path | None = None) -> None:
        self._root = root
        self._folder = folder or Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / PACKAGE
        self._stamp = root / PACKAGE / "__pycache__" / "kernels.key"

    @property
    def is_complete(self) -> bool:
        """Whether the checkout has every cached file that its archive has."""
        stored = self._stored()
        return bool(stored) and self._read_stamp() == self.key and stored <= set(self._names())

    def restore(self) -> None:
        """Make the checkout's cached files those of its sources: take them from the archive, or remove them."""
        stale = self._read_stamp() != self.key
        if stale or self._stored() and not self.is_complete:
            for file in self.files():
                file.unlink(missing_ok=True)
            self._unpack()
        if stale:
            self._stamp.parent.mkdir(exist_ok=True)
            self._stamp.write_text(self.key)

    def save(self) -> None:
        """Store the checkout's cached files, if they are of its present sources."""
        if self._read_stamp() != self.key:
            return
        with suppress(OSError):  # without the folder everything works, but each clone compiles for itself
            self._folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(dir=self._folder) as temporary:
                new = Path(temporary, self.archive.name)
                with zipfile.ZipFile(new, "w") as archive:
                    for name in self._names():
                        archive.write(self._root / name, name)
                # At once, because an index is worth nothing with the data files of another process.
                new.replace(self.archive)
            self._remove_oldest()

    @property
    def archive(self) -> Path:
        return self._folder / f"kernels-{self.key}.zip"

    @property
    def key(self) -> str:
        """A hash of the kernels' sources and of everything else on which compiled code depends."""
        parts = [sys.version, *map(version, ("llvmlite", "numba", "numpy"))]
        # numba looks at the processor too, but an archive that holds nothing for it is of no use.
        parts += [binding.get_host_cpu_name(), binding.get_host_cpu_features().flatten()]
        for file in kernel_sources(self._root):
            parts += [str(file.relative_to(self._root)), hashlib.sha256(file.read_bytes()).hexdigest()]
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:20]

    def files(self) -> List[Path]:
        """The cached files in the checkout."""
        return sorted(file for kind in ("nbi", "nbc") for file in (self._root / PACKAGE).rglob(f"__pycache__/*.{kind}"))

    def _read_stamp(self) -> str:
        with suppress(OSError):
            return self._stamp.read_text()
        return ""

    def _names(self) -> List[str]:
        return [file.relative_to(self._root).as_posix() for file in self.files()]

    def _stored(self) -> Set[str]:
        with suppress(OSError, zipfile.BadZipFile), zipfile.ZipFile(self.archive) as archive:
            return set(archive.namelist())
        return set()

    def _unpack(self) -> None:
        with suppress(OSError, zipfile.BadZipFile), zipfile.ZipFile(self.archive) as archive:
            archive.extractall(self._root)
            os.utime(self.archive)

    def _remove_oldest(self) -> None:
        archives = sorted(self._folder.glob("kernels-*.zip"), key=lambda file: file.stat().st_mtime)
        for file in archives[:-KEPT]:
            file.unlink(missing_ok=True)


def kernel_sources(root: Path = PROJECT_ROOT) -> List[Path]:
    """The files with compiled functions, and all files of the package that these import, directly or not."""
    files = (root / PACKAGE).rglob("*.py")
    waiting = [file for file in files if _COMPILED.search(file.read_text(encoding="utf-8"))]
    sources: Set[Path] = set()
    while waiting:
        file = waiting.pop()
        if file not in sources:
            sources.add(file)
            waiting += _imported(file, root)
    return sorted(sources)


def _imported(file: Path, root: Path) -> Iterator[Path]:
    """Modules of the package; a package's `__init__` is left out, because kernels take nothing from there."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == PACKAGE:
            names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
            modules = (root.joinpath(*name.split(".")).with_suffix(".py") for name in names)
            yield from filter(Path.is_file, modules)
