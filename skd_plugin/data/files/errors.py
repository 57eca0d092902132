"""The error for malformed input: where, what was found, what was expected, what to do."""

from typing import Optional

from allennlp.common.checks import ConfigurationError


def malformed(path: str, line: Optional[int], found: str, expected: str, remedy: str) -> ConfigurationError:
    """The error to raise; without a line it speaks of the whole file."""
    place = path if line is None else f"{path}:{line}"
    return ConfigurationError(f"{place}: found {found}, expected {expected}. {remedy}")
