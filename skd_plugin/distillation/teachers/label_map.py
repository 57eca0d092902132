"""What a teacher's labels are called for its student."""

from difflib import get_close_matches
from typing import Dict, Optional, Set, Tuple

from allennlp.common.checks import ConfigurationError

from skd_plugin.structures import Factorization, NotDefined, label_names, renamed


class LabelMap:
    """
    Renames the labels of a teacher's distributions.

    # Parameters

    names : `Dict[str, Optional[str]]`
        The new names of some of its labels; see `skd_plugin.structures.renamed`.
    teacher : `str`
        What messages call the teacher.
    """

    def __init__(self, names: Dict[str, Optional[str]], teacher: str) -> None:
        for label, name in names.items():
            if not (name is None or isinstance(name, str) and name.strip()):
                raise ConfigurationError(
                    f"The `label_map` of teacher {teacher} has {name!r} for {label!r}, expected the student's name of "
                    "that label, or null for a type of entities that the student does not have."
                )
        self._names = names
        self._teacher = teacher
        self._checked: Set[Tuple[str, ...]] = set()

    def __call__(self, factorization: Factorization) -> Factorization:
        """Raises `ConfigurationError` for labels that the teacher does not have, or that cannot be renamed."""
        if not self._names:
            return factorization
        self._check(label_names(factorization))
        try:
            return renamed(factorization, self._names)
        except NotDefined as error:
            raise ConfigurationError(
                f"The `label_map` of teacher {self._teacher} cannot be applied. {error} Give each of these labels a "
                "name of its own. A label that the student lacks can be left out of the `label_map`, with the "
                "`label_policy` 'renormalize' of skd_distiller, which conditions the teacher on the labels that both "
                "have."
            ) from error

    def _check(self, labels: Tuple[str, ...]) -> None:
        if labels in self._checked:
            return
        for label in self._names:
            if label not in labels:
                close = get_close_matches(label, labels, n=1, cutoff=0.5)
                meant = f"Did you mean {close[0]!r}? " if close else ""
                raise ConfigurationError(
                    f"The `label_map` of teacher {self._teacher} names {label!r}, which is none of its labels. {meant}"
                    f"It has {', '.join(labels)}."
                )
        if all(self._names.get(label, label) is None for label in labels):
            raise ConfigurationError(
                f"The `label_map` of teacher {self._teacher} takes all of its labels away: {', '.join(labels)}. Leave "
                "at least one, or leave the teacher out."
            )
        self._checked.add(labels)
