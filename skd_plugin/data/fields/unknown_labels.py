"""Gold labels that the vocabulary lacks: an error that says what to do, or a warning where they are accepted."""

import logging
from typing import Iterable, Optional, Set

from allennlp.common.checks import ConfigurationError

from skd_plugin.data.files.errors import format_error

logger = logging.getLogger(__name__)

_MOST_NAMES = 100


class UnknownLabels:
    """
    What a reader does with gold labels that the vocabulary lacks.

    # Parameters

    kind : `str`
        What the labels are, for the messages: "tag" or "relation".
    accepted : `bool`
        Whether such labels count as wrongly predicted, with one warning for each of them. They raise
        `ConfigurationError` otherwise.
    """

    def __init__(self, kind: str, accepted: bool) -> None:
        self._kind = kind
        self._accepted = accepted
        self._warned: Set[str] = set()

    def report(self, label: str, path: str, line: Optional[int], namespace: str, known: Iterable[str]) -> None:
        """Raises the error for a label at a line of a file, or logs the warning. `known` are the vocabulary's."""
        if self._accepted and label in self._warned:
            return
        error = self._error(label, path, line, namespace, known)
        if not self._accepted:
            raise error
        self._warned.add(label)
        logger.warning("%s", error)

    def _error(
        self, label: str, path: str, line: Optional[int], namespace: str, known: Iterable[str]
    ) -> ConfigurationError:
        if self._accepted:
            remedy = f"This {self._kind} counts as wrongly predicted wherever it is gold."
        else:
            remedy = (
                f"Correct it, train on data that has it, or let every unknown {self._kind} count as wrongly predicted:"
                ' give the command -o \'{"dataset_reader.on_unknown_label": "accept"}\' (validation_dataset_reader, if'
                " the model's configuration has one)."
            )
        rule = f"one that the vocabulary has in the namespace {namespace!r}: {_listed(known)}"
        return format_error(path, line, f"the {self._kind} {label!r}", rule, remedy)


def _listed(labels: Iterable[str]) -> str:
    names = sorted(labels)
    more = f", … ({len(names)} in all)" if len(names) > _MOST_NAMES else ""
    return ", ".join(names[:_MOST_NAMES]) + more if names else "none"
