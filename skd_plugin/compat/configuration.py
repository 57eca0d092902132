"""Mistakes in a configuration, reported as AllenNLP's `ConfigurationError`."""

from contextlib import contextmanager
from typing import Any, Iterator, Type, get_args

from allennlp.common.checks import ConfigurationError


@contextmanager
def configuration_errors(*kinds: Type[Exception], prefix: str = "") -> Iterator[None]:
    """
    Turns an error raised in the block into a `ConfigurationError` with the same message.

    The mathematics (`skd_plugin.structures`) knows nothing of AllenNLP and raises errors of its own. Where the cause is
    a choice that the user has made, the code between the two wraps its call in this context manager.

    # Parameters

    kinds : the errors to turn; all others pass
    prefix : what to say before the error's own message
    """
    try:
        yield
    except kinds as error:
        raise ConfigurationError(f"{prefix} {error}".strip()) from error


def check_option(name: str, value: str, options: Any) -> None:
    """
    Raises `ConfigurationError` unless `value` is one of the strings of the `Literal` type `options`.

    AllenNLP does not check arguments that are annotated with a `Literal`.
    """
    if value not in get_args(options):
        expected = " or ".join(map(repr, get_args(options)))
        raise ConfigurationError(f"`{name}` is {value!r}, expected {expected}.")
