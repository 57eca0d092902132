"""A postponed initializer runs once, when it is needed, and leaves no trace."""

import copy
import inspect
import pickle
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from importlib import import_module
from importlib.machinery import PathFinder
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import Iterator

import allennlp
import pytest

from skd_plugin.compat import import_hook, lazy_packages
from skd_plugin.compat.lazy_packages import PACKAGES, PostponedInitializers, postponed

COUNTING = "runs = globals().get('runs', 0) + 1\nimport time\ntime.sleep(0.1)\ngiven = 'given'\n"


def test_watched_modules_are_others():
    assert not PACKAGES & set(import_hook.AT_IMPORT), "two finders that wrap the same module would ask each other"


@pytest.fixture
def late(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The initializer of a package `allennlp.late`, the only one to postpone; beside it lies `allennlp.another`."""
    (tmp_path / "late").mkdir()
    (tmp_path / "late" / "inner.py").touch()
    (tmp_path / "another.py").touch()
    initializer = tmp_path / "late" / "__init__.py"
    initializer.write_text(COUNTING)
    monkeypatch.setattr(allennlp, "__path__", [*allennlp.__path__, str(tmp_path)])
    monkeypatch.setattr(sys, "meta_path", list(sys.meta_path))
    monkeypatch.setattr(lazy_packages, "PACKAGES", frozenset({"allennlp.late"}))
    monkeypatch.setattr(lazy_packages, "_POSTPONED", PostponedInitializers())
    yield initializer
    for name in ("late", "late.inner", "another"):
        sys.modules.pop(f"allennlp.{name}", None)


def imported_late() -> ModuleType:
    with postponed():
        import_module("allennlp.late.inner")
    return sys.modules["allennlp.late"]


def runs(module: ModuleType) -> int:
    return vars(module).get("runs", 0)


def test_initializer_runs_at_the_first_name_that_is_missing(late):
    module = imported_late()
    assert module.inner.__name__ == "allennlp.late.inner" and runs(module) == 0
    assert module.given == "given" and runs(module) == 1 and type(module) is ModuleType
    with pytest.raises(AttributeError, match="module 'allennlp.late' has no attribute 'missing'"):
        print(module.missing)


def test_star_import_gets_the_names(late):
    imported_late()
    exec("from allennlp.late import *", names := {})
    assert names["given"] == "given"


def test_introspection_runs_nothing(late):
    module = imported_late()
    assert not hasattr(module, "__wrapped__") and inspect.getsource(module) == COUNTING
    assert find_spec("allennlp.late") is module.__spec__ and module.__loader__ is module.__spec__.loader
    for probe in (copy.copy, pickle.dumps):
        with pytest.raises(TypeError, match="cannot pickle"):
            probe(module)
    assert runs(module) == 0


def test_what_was_imported_before_stays_as_it_is(late):
    module = import_module("allennlp.late")
    finders = list(sys.meta_path)
    assert imported_late() is module and type(module) is ModuleType and runs(module) == 1
    assert sys.meta_path == finders


def test_first_import_from_outside_runs_it(late):
    module = imported_late()
    with postponed():
        import_module("allennlp.another")
    assert runs(module) == 0
    del sys.modules["allennlp.another"]
    import_module("allennlp.another")
    assert runs(module) == 1
    assert not any(isinstance(finder, PostponedInitializers) for finder in sys.meta_path)


def test_other_threads_are_outside(late):
    with postponed(), ThreadPoolExecutor(1) as thread:
        module = thread.submit(import_module, "allennlp.late").result()
    assert runs(module) == 1


@pytest.mark.parametrize("error, raised", [("RuntimeError", RuntimeError), ("AttributeError", ImportError)])
def test_initializer_that_fails_says_why_and_can_be_run_again(late, error, raised):
    late.write_text(f"raise {error}('too early')\n")
    module = imported_late()
    for _ in range(2):
        with pytest.raises(raised, match="too early"):
            print(module.given)
    late.write_text(COUNTING)
    assert module.given == "given"


def test_threads_that_ask_at_once_run_it_once(late):
    module = imported_late()
    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(lambda _: module.given, range(4))) == ["given"] * 4
    assert runs(module) == 1


def test_name_that_the_running_initializer_lacks_is_missing(late):
    late.write_text("import allennlp.late\nhad = hasattr(allennlp.late, 'given')\ngiven = 'given'\n")
    assert imported_late().had is False


@pytest.mark.parametrize("hook_first", [True, False])
def test_import_hook_does_its_work_before_and_behind(late, monkeypatch, hook_first):
    @contextmanager
    def watch() -> Iterator[None]:
        assert runs(module) == 1
        entered.append(True)
        yield

    monkeypatch.setitem(import_hook.AT_IMPORT, "allennlp.another", "anything")
    monkeypatch.setattr(import_hook, "_load", lambda context: watch)
    entered, module = [], imported_late()
    finders = [import_hook.ImportHook(), lazy_packages._POSTPONED]
    sys.meta_path = [*(finders if hook_first else reversed(finders)), PathFinder]
    import_module("allennlp.another")
    assert entered
