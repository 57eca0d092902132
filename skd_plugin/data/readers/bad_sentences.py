"""What a reader does with sentences that have a fault: it refuses the first one, or leaves them out."""

import logging
from collections import Counter
from typing import Callable, Dict, Iterable, Iterator, Literal, Optional, Set, TypeVar

from skd_plugin.compat.configuration import check_option
from skd_plugin.data.files.errors import format_error
from skd_plugin.data.files.faults import Fault

logger = logging.getLogger(__name__)

Sentence = TypeVar("Sentence")


class BadSentences:
    """
    Refuses the first sentence that has a fault, or leaves such sentences out. Raises `ConfigurationError` for another
    policy.

    # Parameters

    option : `str`
        The reader's option for this policy, which messages name.
    policy : `str`
        `error` raises `ConfigurationError`. `skip` leaves the sentences out, and logs once per file how many there were
        of each kind.
    """

    def __init__(self, option: str, policy: str) -> None:
        check_option(option, policy, Literal["error", "skip"])
        self._option = option
        self._skips = policy == "skip"
        self._logged: Set[str] = set()

    def without(
        self, path: str, sentences: Iterable[Sentence], fault_of: Callable[[Sentence], Optional[Fault]]
    ) -> Iterator[Sentence]:
        """The sentences without a fault."""
        counts: Counter[str] = Counter()
        try:
            for sentence in sentences:
                fault = fault_of(sentence)
                if fault is None:
                    yield sentence
                elif self._skips:
                    counts[fault.kind] += 1
                else:
                    remedy = f"{fault.remedy}, or set `{self._option}` to 'skip' to leave such sentences out."
                    raise format_error(path, fault.line, fault.finding, fault.rule, remedy)
        finally:
            self._log(path, counts)

    def _log(self, path: str, counts: Dict[str, int]) -> None:
        if counts and path not in self._logged:
            self._logged.add(path)
            kinds = ", ".join(f"{kind} ({count})" for kind, count in sorted(counts.items()))
            logger.warning("%s: left out %d sentence(s) because of %s", path, sum(counts.values()), kinds)
