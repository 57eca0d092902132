"""The error for a file that is not in its format: where, what stands there, what should, and what to do."""

from typing import Optional

from allennlp.common.checks import ConfigurationError


def format_error(path: str, line: Optional[int], finding: str, rule: str, remedy: str) -> ConfigurationError:
    """The error to raise, about a line of the file, or about the whole file if `line` is None."""
    place = path if line is None else f"{path}:{line}"
    return ConfigurationError(f"{place}: found {finding}, expected {rule}. {remedy}")
