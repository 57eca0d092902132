"""Packages of AllenNLP whose initializer runs only when somebody asks for one of its names.

Serving needs modules inside these packages, but not what their initializers import: trainers, TensorBoard, nltk.
Those fill AllenNLP's registries, though, which others in the process may need. So a postponed initializer also runs
when anybody, outside `postponed`, imports a module of AllenNLP that was not imported before.
"""

import sys
from contextlib import contextmanager
from contextvars import ContextVar
from importlib.abc import Loader
from importlib.machinery import ModuleSpec
from threading import RLock
from types import ModuleType
from typing import Any, Iterator, List, Optional

PACKAGES = frozenset({"allennlp.models", "allennlp.training", "allennlp.training.metrics"})

_is_inside: ContextVar[bool] = ContextVar("inside `postponed`", default=False)


@contextmanager
def postponed() -> Iterator[None]:
    """Inside, as far as this thread is concerned, the first import of one of `PACKAGES` postpones its initializer."""
    _POSTPONED.install()
    before = _is_inside.set(True)
    try:
        yield
    finally:
        _is_inside.reset(before)
        _POSTPONED.leave_if_empty()


class PostponedInitializers:
    """Those that have not run yet; also the finder that adds them, and that runs them all when others need one."""

    def __init__(self) -> None:
        self._packages: List[ModuleType] = []
        self._running: List[ModuleType] = []
        # One lock for all of them, which import each other.
        self._lock = RLock()

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> Optional[ModuleSpec]:
        if not name.startswith("allennlp."):
            return None
        if _is_inside.get():
            return self._postponing(name, path, target) if name in PACKAGES else None
        if not self._packages:
            return None
        self.run_all()
        return self._found_by_others(name, path, target)

    def add(self, package: ModuleType) -> None:
        package.__class__ = _PostponedPackage
        with self._lock:
            self._packages.append(package)

    def run_all(self) -> None:
        """Run those that are not running in this thread already, a package before those inside it."""
        with self._lock:
            while not self._running and self._packages:
                self._run(self._packages[0])
        self.leave_if_empty()

    def run_for(self, package: ModuleType) -> None:
        """Run this package's initializer, and the others too unless one of them has asked for it."""
        with self._lock:
            if self._running and package in self._packages and package not in self._running:
                self._run(package)
        self.run_all()

    def install(self) -> None:
        with self._lock:
            if self not in sys.meta_path:
                sys.meta_path = [self, *sys.meta_path]

    def leave_if_empty(self) -> None:
        with self._lock:
            if not self._packages:
                # A new list: a thread that is going through the old one would miss a finder.
                sys.meta_path = [finder for finder in sys.meta_path if finder is not self]

    def _run(self, package: ModuleType) -> None:
        self._running.append(package)
        try:
            package.__spec__.loader.exec_module(package)  # type: ignore[union-attr]  # found by `_postponing`
        finally:
            self._running.remove(package)
        self._packages.remove(package)
        package.__class__ = ModuleType

    def _postponing(self, name: str, path: Any, target: Any) -> Optional[ModuleSpec]:
        spec = self._found_by_others(name, path, target)
        if spec is not None and spec.loader is not None:
            spec.loader = _PostponingLoader(spec.loader)
        return spec

    def _found_by_others(self, name: str, path: Any, target: Any) -> Optional[ModuleSpec]:
        specs = (finder.find_spec(name, path, target) for finder in sys.meta_path if finder is not self)
        return next(filter(None, specs), None)


class _PostponingLoader(Loader):
    """Loads a package but for its initializer, and leaves no trace on it but its class."""

    def __init__(self, loader: Loader) -> None:
        self._loader = loader

    def create_module(self, spec: ModuleSpec) -> Optional[ModuleType]:
        return self._loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        module.__spec__.loader = module.__loader__ = self._loader  # type: ignore[union-attr]  # imported by its spec
        _POSTPONED.add(module)


class _PostponedPackage(ModuleType):
    """A package whose names are looked up after its initializer has run."""

    def __getattr__(self, name: str) -> object:
        # Introspection (copy, inspect, typing) probes for such names; for `__all__` asks only a star import.
        if name.startswith("__") and name != "__all__":
            raise AttributeError(f"{self.__name__} has no attribute {name}")
        try:
            _POSTPONED.run_for(self)
        except AttributeError as error:
            # It would look as if this package lacked the name.
            raise ImportError(f"The initializer of {self.__name__} failed: {error}", name=self.__name__) from error
        return ModuleType.__getattribute__(self, name)  # by now it is no longer of this class


_POSTPONED = PostponedInitializers()
