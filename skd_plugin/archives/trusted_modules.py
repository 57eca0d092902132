"""The modules that a user trusts: named in a call or in the environment, and imported before an archive is built."""

import importlib
import os
from typing import Sequence, Tuple

from skd_plugin.archives.not_loadable import NotLoadable

VARIABLE = "SKD_TRUSTED_MODULES"


def trusted_modules(named: Sequence[str]) -> Tuple[str, ...]:
    """Those named, and those of `SKD_TRUSTED_MODULES` (separated by commas), imported so that they have registered."""
    if isinstance(named, str):
        raise NotLoadable(f"The trusted modules are {named!r}, expected a list of names, such as [{named!r}].")
    of_the_environment = (name.strip() for name in os.environ.get(VARIABLE, "").split(","))
    modules = tuple(dict.fromkeys([*named, *filter(None, of_the_environment)]))
    for module in modules:
        _import(module)
    return modules


def _import(module: str) -> None:
    try:
        importlib.import_module(module)
    except Exception as error:  # a module may raise anything while it is imported
        raise NotLoadable(
            f"The trusted module {module!r} cannot be imported ({type(error).__name__}: {error}). Install it or put "
            f"its folder on PYTHONPATH, or take it out of the trusted modules or of {VARIABLE}."
        ) from error
