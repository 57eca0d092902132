"""The tags of a file on their way to BIOUL: ill-formed ones are refused or repaired."""

from typing import Callable, Dict, Iterator, Optional

from allennlp.common.checks import ConfigurationError

from skd_plugin.data.files.errors import malformed
from skd_plugin.data.files.sentence import Sentence
from skd_plugin.data.options import checked_choice
from skd_plugin.data.tags.recognition import check_tags, recognized
from skd_plugin.data.tags.schemes import ALIASES, PREFIXES, misfit, to_bioul

PLAIN = "plain"
ERROR, REPAIR = "error", "repair"


class TagScheme:
    """
    Turns the tags of a file into BIOUL.

    # Parameters

    scheme : `str`, optional (default = `None`)
        `IOB1`, `IOB2` (`BIO`), `BIOUL` (`BILOU`), `BIOES` (`IOBES`), `BMES` or `BMEWO`; `plain` for labels
        that are no entity tags and stay as they are. By default each file's scheme is recognized.
    on_ill_formed : `str`, optional (default = `"error"`)
        `repair` reads tags that break the rules as the CoNLL scorer does: a span also begins at an inside tag
        that continues nothing, and ends where nothing continues it.
    """

    def __init__(self, scheme: Optional[str] = None, on_ill_formed: str = ERROR) -> None:
        self._scheme = scheme and _known(scheme)
        self._repairs = checked_choice("on_ill_formed", on_ill_formed, ERROR, REPAIR) == REPAIR
        self._recognized: Dict[str, str] = {}

    def convert(self, path: str, read: Callable[[], Iterator[Sentence]]) -> Iterator[Sentence]:
        """The sentences that `read` gives, with their tags in BIOUL; `read` may be called several times."""
        if self._scheme == PLAIN:
            return read()
        scheme = None if self._repairs else self._scheme or self._recognize(path, read)
        return (_converted(path, sentence, scheme) for sentence in read())

    def _recognize(self, path: str, read: Callable[[], Iterator[Sentence]]) -> str:
        if path not in self._recognized:
            self._recognized[path] = recognized(path, read)
        return self._recognized[path]


def _converted(path: str, sentence: Sentence, scheme: Optional[str]) -> Sentence:
    check_tags(path, sentence)
    tags = sentence.tags or []
    found = scheme and misfit(tags, scheme)
    if scheme and found:
        raise malformed(
            path,
            sentence.lines[found.position],
            f"the tag {found.found!r}",
            f"{found.expected!r} in the scheme {scheme}",
            "Correct the tag, declare another `scheme`, or set `on_ill_formed` to 'repair'.",
        )
    return sentence._replace(tags=to_bioul(tags))


def _known(scheme: str) -> str:
    if scheme == PLAIN:
        return scheme
    name = ALIASES.get(scheme.upper(), scheme.upper())
    if name not in PREFIXES:
        known = ", ".join([*PREFIXES, *ALIASES, f"{PLAIN} (labels that are no entity tags)"])
        raise ConfigurationError(
            f"Unknown tag scheme {scheme!r}, expected one of: {known}. Leave `scheme` out to have it recognized."
        )
    return name
