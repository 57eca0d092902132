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
        return submodule or _Placeholder(name, (), {"__module__": self.__name__})


class _Placeholder(type):
    """The type of placeholders. They are classes, because AllenNLP uses one as a base and another in `isinstance`."""

    def __call__(cls, *args: object, **kwargs: object) -> object:
        raise _not_installed(cls)

    def __getattr__(cls, name: str) -> object:
        _refuse_dunder(cls.__name__, name)
        raise _not_installed(cls)


def _refuse_dunder(owner: str, name: str) -> None:
    # Introspection (copy, inspect, typing) looks for such names and expects an AttributeError.
    if name.startswith("__"):
        raise AttributeError(f"{owner} has no attribute {name}")


def _not_installed(placeholder: type) -> ImportError:
    used = next(base for base in reversed(placeholder.__mro__[:-1]) if isinstance(base, _Placeholder))
    package = used.__module__.partition(".")[0]
    return ImportError(
        f"{used.__module__}.{used.__name__} is needed here, but {package} is not installed. skd_plugin makes "
        f"AllenNLP work without it. To use this part of AllenNLP run: pip install {package}",
        name=package,
    )
