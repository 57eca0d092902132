"""Options whose value is one of a few strings."""

from allennlp.common.checks import ConfigurationError


def checked_choice(option: str, value: str, *choices: str) -> str:
    """The option's value. Raises `ConfigurationError` unless it is one of the choices."""
    if value not in choices:
        raise ConfigurationError(f"`{option}` is {value!r}, expected {' or '.join(map(repr, choices))}.")
    return value
