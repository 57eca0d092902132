"""Kernels are cached where that is possible, read from a cache that cannot be written, and compiled without any."""

from pathlib import Path
from typing import Any

import numba
import pytest
from numba.core.caching import _CacheLocator

from skd_plugin.structures.kernels.cache import KernelCache, with_cache

SOURCE = "def twice(number):\n    return 2 * number\n"


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "source" / "kernel_of_a_test.py"
    path.parent.mkdir()
    path.write_text(SOURCE)
    return path


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What NUMBA_CACHE_DIR names."""
    monkeypatch.setattr(numba.config, "CACHE_DIR", str(tmp_path / "cache"))
    return tmp_path / "cache"


def kernel(source: Path) -> Any:
    """The function of the file, as in a process that has just started."""
    names: dict = {"__builtins__": {}}  # without what other packages add to them, which may be impossible to pickle
    exec(compile(source.read_text(), str(source), "exec"), names)
    return with_cache(numba.njit(names["twice"]))


def make_read_only(monkeypatch: pytest.MonkeyPatch) -> None:
    # The permissions of a folder mean nothing to root, who runs tests in containers.
    def fails(locator: _CacheLocator) -> None:
        raise OSError("Read-only file system")

    monkeypatch.setattr(_CacheLocator, "ensure_cache_path", fails)


def test_what_was_compiled_is_read_by_the_next_process(source: Path, folder: Path):
    assert kernel(source)(2) == 4
    again = kernel(source)
    assert again(3) == 6 and sum(again.stats.cache_hits.values()) == 1
    assert list(folder.rglob("kernel_of_a_test.*.nbi"))


def test_without_a_place_for_a_cache_it_is_compiled(source: Path, monkeypatch: pytest.MonkeyPatch):
    make_read_only(monkeypatch)
    with pytest.raises(RuntimeError, match="no locator available"):
        numba.njit(cache=True)(kernel(source).py_func)
    assert kernel(source)(2) == 4


def test_a_cache_that_cannot_be_written_is_read(source: Path, monkeypatch: pytest.MonkeyPatch):
    kernel(source)(2)
    make_read_only(monkeypatch)
    ours = kernel(source)
    assert ours(3) == 6 and sum(ours.stats.cache_hits.values()) == 1
    assert ours(0.5) == 1.0, "types for which nothing is cached"


def test_a_full_disk_is_no_error(source: Path, monkeypatch: pytest.MonkeyPatch):
    def fails(*arguments: Any) -> None:
        raise OSError("No space left on device")

    ours = kernel(source)
    assert isinstance(ours._cache, KernelCache)
    monkeypatch.setattr(ours._cache._cache_file, "save", fails)
    assert ours(2) == 4
