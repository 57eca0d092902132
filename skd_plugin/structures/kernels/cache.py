"""numba's cache of compiled kernels, also where nothing can be written: in containers, or without a home folder."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Any

from numba.core.caching import (
    CompileResultCacheImpl,
    FunctionCache,
    InTreeCacheLocator,
    UserProvidedCacheLocator,
    UserWideCacheLocator,
)


class _Readable:
    """Finds a folder in which functions of the same source file are cached. It need not be writable."""

    _py_file: str

    def ensure_cache_path(self) -> None:
        folder = Path(self.get_cache_path())  # type: ignore[attr-defined]
        if not any(folder.glob(f"{Path(self._py_file).stem}.*.nbi")):
            raise FileNotFoundError(f"no cached functions of {self._py_file} are in {folder}")


class _ReadableUserProvided(_Readable, UserProvidedCacheLocator):
    pass


class _ReadableInTree(_Readable, InTreeCacheLocator):
    pass


class _ReadableUserWide(_Readable, UserWideCacheLocator):
    pass


class _Places(CompileResultCacheImpl):
    # numba looks only for folders that it can write to.
    _locator_classes = [
        UserProvidedCacheLocator,
        _ReadableUserProvided,
        InTreeCacheLocator,
        _ReadableInTree,
        UserWideCacheLocator,
        _ReadableUserWide,
    ]


class KernelCache(FunctionCache):
    """A cache that is read where it cannot be written."""

    _impl_class = _Places

    def save_overload(self, sig: Any, data: Any) -> None:
        """Saves what was compiled. A full disk or a folder that cannot be written costs time later, but is no error."""
        with suppress(OSError):
            super().save_overload(sig, data)


def with_cache(dispatcher: Any) -> Any:
    """A compiled function that is kept in numba's cache, or not cached where there is no place for it."""
    # numba raises RuntimeError if there is none. With NUMBA_DISABLE_JIT=1 it gives back the function itself.
    if hasattr(dispatcher, "py_func"):
        with suppress(RuntimeError):
            dispatcher._cache = KernelCache(dispatcher.py_func)
    return dispatcher
