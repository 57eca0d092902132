"""While a transformer is built from its files, it runs no code of its own and reads no other transformer."""

import functools
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Iterator, Optional

from skd_plugin.archives.screening.classes import Refusal

_FOLDER: ContextVar[Optional[str]] = ContextVar("skd_transformer_folder", default=None)


@contextmanager
def confine_to(folder: str) -> Iterator[None]:
    """Inside, in this thread, transformers reads configurations from this folder only, and runs no code from files."""
    _guard()
    token = _FOLDER.set(folder)
    try:
        yield
    finally:
        _FOLDER.reset(token)


@functools.lru_cache(maxsize=None)
def _guard() -> None:
    """Guards transformers when the first one is built, so that models without any need not import the package."""
    _guard_configurations()
    _guard_code()


def _guard_configurations() -> None:
    """Guards the method that reads configurations, because one may name another model, such as a backbone."""
    from transformers import PretrainedConfig

    config: Any = PretrainedConfig
    original = config.get_config_dict.__func__

    @functools.wraps(original)
    def get_config_dict(cls: Any, pretrained_model_name_or_path: Any, **options: Any) -> Any:
        if _FOLDER.get() not in (None, str(pretrained_model_name_or_path)):
            raise Refusal(f"its configuration needs another transformer, {str(pretrained_model_name_or_path)!r}")
        return original(cls, pretrained_model_name_or_path, **options)

    config.get_config_dict = classmethod(get_config_dict)


def _guard_code() -> None:
    """Guards the one function through which transformers gets code, from the hub and from folders."""
    from transformers import dynamic_module_utils

    original = dynamic_module_utils.get_cached_module_file

    @functools.wraps(original)
    def get_cached_module_file(*arguments: Any, **options: Any) -> Any:
        if _FOLDER.get() is not None:
            raise Refusal("it would run code of its own")
        return original(*arguments, **options)

    dynamic_module_utils.get_cached_module_file = get_cached_module_file
