"""Stand-ins for packages: the real one is imported when it is used. If it is missing, an error says what to install.

They are seen only by the module that `import_on_demand` prepares. All other code imports as always.
"""

import builtins
import sys
from importlib import import_module
from importlib.util import resolve_name
from types import ModuleType
from typing import Any, Sequence, Tuple

from skd_plugin.compat import former_names
from skd_plugin.compat.on_demand import DISTRIBUTIONS, KNOWN


def import_on_demand(module: ModuleType, names: Tuple[str, ...]) -> None:
    """Lets the import statements in this module, which is not yet executed, get stand-ins for what has these names."""

    def import_(name: str, scope: Any = None, local: Any = None, members: Sequence[str] = (), level: int = 0) -> Any:
        wanted = resolve_name("." * level + name, module.__spec__.parent) if level and module.__spec__ else name
        if any(wanted == one or wanted.startswith(f"{one}.") for one in names):
            return ModuleStandIn(wanted) if members else _with_submodules(wanted)
        return builtins.__import__(name, scope, local, members, level)

    # Python takes the function behind `import` from here, for the module and for the functions in it.
    vars(module)["__builtins__"] = {**vars(builtins), "__import__": import_}


def _with_submodules(name: str) -> "ModuleStandIn":
    """What `import a.b.c` gives: the stand-in for `a`, with the others inside."""
    top, *parts = name.split(".")
    outer = inner = ModuleStandIn(top)
    for part in parts:
        submodule = ModuleStandIn(f"{inner.__name__}.{part}")
        setattr(inner, part, submodule)
        inner = submodule
    return outer


class ModuleStandIn(ModuleType):
    """A module in which every name is there: the real object if its module is loaded, and otherwise a stand-in."""

    def __getattr__(self, name: str) -> Any:
        _refuse_dunder(self.__name__, name)
        real = sys.modules.get(self.__name__)
        return getattr(real, name) if hasattr(real, name) else StandIn.of(self.__name__, name)


class StandIn(type):
    """
    The type of all stand-ins for functions, classes and objects in modules.

    They are classes, so that they can be annotations and bases. Calling one, an attribute of one, or an item is that of
    the real object. A class with a stand-in among its bases gets the real base when it is first used.
    """

    @classmethod
    def of(mcs, module: str, name: str) -> "StandIn":
        """The stand-in for `module.name`."""
        return mcs(name, (), {"__module__": module, "_stands_for": (module, name), **KNOWN.get(f"{module}.{name}", {})})

    def __call__(cls, *args: Any, **kwargs: Any) -> Any:
        if _is_plain(cls):
            return _real(cls)(*args, **kwargs)
        _use_real_bases(cls)
        return super().__call__(*args, **kwargs)

    def __getattr__(cls, name: str) -> Any:
        _refuse_dunder(cls.__name__, name)
        if _is_plain(cls):
            return getattr(_real(cls), name)
        if not _use_real_bases(cls):
            raise AttributeError(f"{cls.__name__} has no attribute {name}")
        return getattr(cls, name)

    def __getitem__(cls, key: Any) -> Any:
        return _real(cls)[key]

    def __instancecheck__(cls, instance: Any) -> bool:
        if not _is_plain(cls):
            return super().__instancecheck__(instance)
        # There are no instances of a class that is not loaded.
        return _top(cls.__module__) in sys.modules and isinstance(instance, _real(cls))

    def __subclasscheck__(cls, subclass: type) -> bool:
        if not _is_plain(cls) or subclass is cls:
            return super().__subclasscheck__(subclass)
        return _top(cls.__module__) in sys.modules and issubclass(subclass, _real(cls))


def _is_plain(cls: type) -> bool:
    return "_stands_for" in vars(cls)


def _use_real_bases(cls: type) -> bool:
    """Puts the real classes in the place of the stand-ins. Returns whether there were any."""
    changed = False
    for kind in cls.__mro__:
        bases = tuple(_real(base) if isinstance(base, StandIn) and _is_plain(base) else base for base in kind.__bases__)
        if bases != kind.__bases__:
            kind.__bases__ = bases
            changed = True
    return changed


def _real(stand_in: Any) -> Any:
    module, name = stand_in._stands_for
    try:
        owner = import_module(module)
    except ModuleNotFoundError as error:
        package = _top(error.name or module)
        distribution = DISTRIBUTIONS.get(package, package)
        raise _cannot_be_used(f"{module}.{name}", f"{distribution} is not installed", package) from error
    if hasattr(owner, name):
        return getattr(owner, name)
    if f"{module}.{name}" in former_names.MAKERS:
        return former_names.MAKERS[f"{module}.{name}"]()
    try:
        return import_module(f"{module}.{name}")
    except ModuleNotFoundError as error:
        raise _cannot_be_used(f"{module}.{name}", f"the installed {_top(module)} lacks it", _top(module)) from error


def _cannot_be_used(name: str, reason: str, package: str) -> ModuleNotFoundError:
    distribution = DISTRIBUTIONS.get(package, package)
    quoted = f"'{distribution}'" if "<" in distribution else distribution
    return ModuleNotFoundError(
        f"{name} is needed here, but {reason}. skd_plugin makes AllenNLP work without it. To use this part of AllenNLP "
        f"run: pip install {quoted}",
        name=package,
    )


def _top(module: str) -> str:
    return module.partition(".")[0]


def _refuse_dunder(owner: str, name: str) -> None:
    # Introspection (copy, inspect, typing) looks for such names and expects an AttributeError.
    if name.startswith("__"):
        raise AttributeError(f"{owner} has no attribute {name}")
