"""Compiled kernels are kept between clones, and forgotten when any of their sources has changed."""

import subprocess
import sys
from pathlib import Path
from typing import Iterator, Set

import pytest
from numba.core.dispatcher import Dispatcher

import skd_plugin.structures  # noqa: F401
from tests import PROJECT_ROOT
from tools.kernel_cache import KEPT, KernelCache, kernel_sources

SOURCES = {
    "skd_plugin/__init__.py": "",
    "skd_plugin/kernels/__init__.py": "",
    "skd_plugin/kernels/called.py": "from numba import njit\n\n@njit(cache=True)\ndef called():\n    return 1\n",
    "skd_plugin/kernels/calling.py": (
        "from numba import njit\n\nfrom skd_plugin.kernels.called import called\nfrom skd_plugin.sizes import SIZE\n\n"
        "@njit(cache=True)\ndef calling():\n    return called() * SIZE\n\nprint(calling())\n"
    ),
    "skd_plugin/sizes.py": "SIZE = 1\n",
    "skd_plugin/models.py": "from skd_plugin.kernels.calling import calling\n",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where archives are kept."""
    return tmp_path / "cache"


def checkout(root: Path) -> Path:
    """A package with two kernels that have never been compiled."""
    for name, text in SOURCES.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return root


def compiled(root: Path, folder: Path, *names: str) -> KernelCache:
    """The cache of a checkout, after files of these names were compiled there."""
    cache = KernelCache(root, folder)
    cache.restore()
    (root / "skd_plugin/kernels/__pycache__").mkdir(exist_ok=True)
    for name in names:
        (root / "skd_plugin/kernels/__pycache__" / name).write_text(f"compiled {name}")
    return cache


def names(cache: KernelCache) -> Set[str]:
    return {file.name for file in cache.files()}


@pytest.fixture
def saved(tmp_path: Path, folder: Path) -> KernelCache:
    cache = compiled(checkout(tmp_path / "first"), folder, "called.nbi", "called.1.nbc")
    cache.save()
    return cache


def test_another_clone_gets_what_the_first_has_saved(saved: KernelCache, tmp_path: Path, folder: Path):
    other = KernelCache(checkout(tmp_path / "other"), folder)
    assert not other.is_complete
    other.restore()
    assert other.is_complete
    assert names(other) == {"called.nbi", "called.1.nbc"}
    assert {file.read_text() for file in other.files()} == {"compiled called.nbi", "compiled called.1.nbc"}


@pytest.mark.parametrize("name", ["kernels/called.py", "kernels/calling.py", "sizes.py"])
def test_no_cached_file_outlives_a_change_of_any_source(saved: KernelCache, tmp_path: Path, folder: Path, name: str):
    changed = tmp_path / "first/skd_plugin" / name
    changed.write_text(changed.read_text() + "# changed\n")
    after = KernelCache(tmp_path / "first", folder)
    assert not saved.is_complete
    after.restore()
    assert names(after) == set()


def test_what_no_kernel_imports_may_change(saved: KernelCache, tmp_path: Path, folder: Path):
    (tmp_path / "first/skd_plugin/models.py").write_text("")
    assert saved.is_complete


def test_cached_files_of_unknown_origin_are_removed(tmp_path: Path, folder: Path):
    cache = compiled(checkout(tmp_path / "first"), folder, "called.nbi")
    (tmp_path / "first/skd_plugin/__pycache__/kernels.key").unlink()
    cache.restore()
    assert names(cache) == set()


def test_what_is_compiled_under_a_stale_key_is_not_saved(saved: KernelCache, tmp_path: Path, folder: Path):
    before = list(folder.iterdir())
    (tmp_path / "first/skd_plugin/sizes.py").write_text("SIZE = 2\n")
    KernelCache(tmp_path / "first", folder).save()
    assert list(folder.iterdir()) == before


def test_a_clone_that_has_compiled_some_gets_the_rest(tmp_path: Path, folder: Path):
    some = compiled(checkout(tmp_path / "some"), folder, "called.nbi", "called.1.nbc")
    more = compiled(checkout(tmp_path / "more"), folder, "called.nbi", "called.1.nbc", "called.2.nbc")
    assert not some.is_complete
    more.save()
    some.restore()
    assert some.is_complete and names(some) == {"called.nbi", "called.1.nbc", "called.2.nbc"}


def test_a_folder_that_cannot_be_written_is_done_without(tmp_path: Path):
    (tmp_path / "file").write_text("")
    cache = compiled(checkout(tmp_path / "first"), tmp_path / "file" / "cache", "called.nbi")
    cache.save()
    assert names(cache) == {"called.nbi"}


def test_a_damaged_archive_is_replaced(saved: KernelCache, tmp_path: Path, folder: Path):
    saved.archive.write_text("damaged")
    other = KernelCache(checkout(tmp_path / "other"), folder)
    other.restore()
    assert names(other) == set()
    saved.save()
    other.restore()
    assert names(other) == names(saved)


def test_the_oldest_archives_are_removed(tmp_path: Path, folder: Path):
    for size in range(KEPT + 2):
        root = checkout(tmp_path / str(size))
        (root / "skd_plugin/sizes.py").write_text(f"SIZE = {size}\n")
        cache = compiled(root, folder, "called.nbi")
        cache.save()
    assert len(list(folder.iterdir())) == KEPT and cache.archive.is_file()


@pytest.mark.slow
def test_numba_keeps_stale_code_and_restore_removes_it(tmp_path: Path, folder: Path):
    root = checkout(tmp_path / "first")
    cache = KernelCache(root, folder)
    cache.restore()
    assert run(root) == "1"
    cache.save()
    (root / "skd_plugin/sizes.py").write_text("SIZE = 2\n")
    assert run(root) == "1", "numba compares all files by now: only the archives are still of use"
    cache.restore()
    assert run(root) == "2"
    (root / "skd_plugin/sizes.py").write_text("SIZE = 1\n")
    cache.restore()
    assert names(cache) and run(root) == "1"


RUN = """
import sys
# The start-up file of an installed distribution has imported the real package.
for name in [name for name in sys.modules if name.partition(".")[0] == "skd_plugin"]:
    del sys.modules[name]
import skd_plugin.kernels.calling
"""


def run(root: Path) -> str:
    command = [sys.executable, "-c", RUN]
    return subprocess.run(command, cwd=root, check=True, capture_output=True, text=True).stdout.strip()


def dispatchers() -> Iterator[Dispatcher]:
    for name, module in list(sys.modules.items()):
        if name.startswith("skd_plugin."):
            yield from (value for value in vars(module).values() if isinstance(value, Dispatcher))


def test_the_sources_are_those_of_all_compiled_functions():
    files = {Path(dispatcher.py_func.__code__.co_filename) for dispatcher in dispatchers()}
    assert files and files <= set(kernel_sources(PROJECT_ROOT))
