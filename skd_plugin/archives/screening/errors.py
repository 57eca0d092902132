"""What is raised for everything that is not loaded."""

from allennlp.common.checks import ConfigurationError


class NotLoadable(ConfigurationError):
    """Says what was given, what was expected, and what to do."""
