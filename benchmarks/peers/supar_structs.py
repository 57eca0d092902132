"""supar's structures alone, without the parsers around them and their dependencies (transformers, stanza, nltk)."""

import importlib
import sys
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType

VERSION = version("supar")


def _without_init(package: str, folder: Path) -> None:
    """Register a package whose `__init__` is not run; its submodules import as usual."""
    module = ModuleType(package)
    module.__path__ = [str(folder)]
    sys.modules[package] = module


_spec = find_spec("supar")
if _spec is None or _spec.origin is None:
    raise ImportError("No module named 'supar'")
_without_init("supar", Path(_spec.origin).parent)
_without_init("supar.utils", Path(_spec.origin).parent / "utils")
structs = importlib.import_module("supar.structs")
