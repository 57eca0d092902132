"""Placeholders for torchvision and fairscale, with which AllenNLP can be imported but which cannot be used."""

import sys
from contextlib import contextmanager
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from types import ModuleType
from typing import Iterator, List

IMPORTED_BY_ALLENNLP = {
    "torchvision": ["torchvision", "torchvision.ops", "torchvision.ops.boxes"],
    "fairscale": [
        "fairscale",
        "fairscale.nn",
        "fairscale.nn.checkpoint",
        "fairscale.nn.misc",
        "fairscale.nn.wrap",
        "fairscale.optim",
        "fairscale.optim.grad_scaler",
    ],
}


@contextmanager
def use_placeholders() -> Iterator[None]:
    """Inside, torchvision and fairscale can be imported even if they are not installed."""
    added = [name for package in IMPORTED_BY_ALLENNLP for name in _missing_modules(package)]
    sys.modules.update({name: _PlaceholderModule(name) for name in added})
    try:
        yield
    finally:
        for name in added:
            del sys.modules[name]


def _missing_modules(package: str) -> List[str]:
    installed = package in sys.modules or find_spec(package) is not None
    return [] if installed else IMPORTED_BY_ALLENNLP[package]


class _PlaceholderModule(ModuleType):
    """A module in which every name is a submodule or a placeholder."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.__spec__ = ModuleSpec(name, None)  # `importlib.util.find_spec` fails on a module without one

    def __getattr__(self, name: str) -> object:
        _refuse_dunder(self.__name__, name)
        submodule = sys.modules.get(f"{self.__name__}.{name}")
        package = self.__name__.partition(".")[0]
        return submodule or Placeholder.of(self.__name__, name, f"{package} is not installed", f"pip install {package}")


class Placeholder(type):
    """The type of placeholders. They are classes, because AllenNLP uses one as a base and another in `isinstance`."""

    @classmethod
    def of(mcs, module: str, name: str, reason: str, remedy: str) -> "Placeholder":
        """The placeholder of `module.name`: why it is missing, and the command that brings it."""
        return mcs(name, (), {"__module__": module, "_reason": reason, "_remedy": remedy})

    def __call__(cls, *args: object, **kwargs: object) -> object:
        raise _not_installed(cls)

    def __getattr__(cls, name: str) -> object:
        _refuse_dunder(cls.__name__, name)
        raise _not_installed(cls)


def _refuse_dunder(owner: str, name: str) -> None:
    # Introspection (copy, inspect, typing) looks for such names and expects an AttributeError.
    if name.startswith("__"):
        raise AttributeError(f"{owner} has no attribute {name}")


def _not_installed(placeholder: Placeholder) -> ImportError:
    used = next(base for base in reversed(placeholder.__mro__[:-1]) if isinstance(base, Placeholder))
    return ImportError(
        f"{used.__module__}.{used.__name__} is needed here, but {used._reason}. skd_plugin makes AllenNLP work without "
        f"it. To use this part of AllenNLP run: {used._remedy}",
        name=used.__module__.partition(".")[0],
    )
