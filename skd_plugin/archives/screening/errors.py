"""The error for every model that cannot be loaded."""

from allennlp.common.checks import ConfigurationError


class NotLoadable(ConfigurationError):
    """A model cannot or must not be loaded; the message says what was given, what was expected, and what to do."""
