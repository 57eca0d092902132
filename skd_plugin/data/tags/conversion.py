"""Conversion of a file's tags to BIOUL, with ill-formed tags either refused or repaired."""

from typing import Callable, Dict, Iterator, Literal, Optional

from allennlp.common.checks import ConfigurationError

from skd_plugin.compat.configuration import check_option
from skd_plugin.data.files.errors import format_error
from skd_plugin.data.files.sentence import Sentence
from skd_plugin.data.tags.recognition import checked, recognize
from skd_plugin.data.tags.schemes import ALIASES, PREFIXES, first_misfit, to_bioul, with_type

PLAIN = "plain"
ENTITY_TYPE = "ENTITY"


class TagScheme:
    """
    Converts the tags of a file to BIOUL. Raises `ConfigurationError` for options that are not among those below.

    # Parameters

    scheme : `str`, optional (default = `None`)
        `IOB1`, `IOB2` (`BIO`), `BIOUL` (`BILOU`), `BIOES` (`IOBES`), `BMES` or `BMEWO`; `plain` for labels
        that are not entity tags and stay as they are. By default each file's scheme is recognized.
    on_ill_formed : `str`, optional (default = `"error"`)
        `error` raises `ConfigurationError` for tags that break the rules of the scheme. `repair` reads them as the
        CoNLL scorer does: a span also begins at an inside tag that continues nothing, and ends where nothing
        continues it.
    entity_type : `str`, optional (default = `"ENTITY"`)
        The type of entities whose tags have none (`B`, `I`, `O`).
    """

    def __init__(
        self, scheme: Optional[str] = None, on_ill_formed: str = "error", entity_type: str = ENTITY_TYPE
    ) -> None:
        if not entity_type.strip():
            raise ConfigurationError(f"`entity_type` is {entity_type!r}, expected the name of a type such as 'ENTITY'.")
        self._entity_type = entity_type
        self._scheme = scheme and _checked_scheme(scheme)
        check_option("on_ill_formed", on_ill_formed, Literal["error", "repair"])
        self._repairs = on_ill_formed == "repair"
        self._scheme_of: Dict[str, str] = {}

    @property
    def is_plain(self) -> bool:
        """Whether the tags are labels that are not entity tags."""
        return self._scheme == PLAIN

    def convert(self, path: str, read: Callable[[], Iterator[Sentence]]) -> Iterator[Sentence]:
        """
        The sentences of the file, with their tags in BIOUL.

        `read` returns the sentences, and may be called several times. Raises `ConfigurationError` for labels that are
        not entity tags, for a type on only some of the tags, and for ill-formed tags unless they are repaired.
        """
        if self.is_plain:
            return read()
        scheme = None if self._repairs else self._scheme or self._recognize(path, read)
        return (self._converted(path, sentence, scheme) for sentence in checked(path, read()))

    def _recognize(self, path: str, read: Callable[[], Iterator[Sentence]]) -> str:
        if path not in self._scheme_of:
            self._scheme_of[path] = recognize(path, read)
        return self._scheme_of[path]

    def _converted(self, path: str, sentence: Sentence, scheme: Optional[str]) -> Sentence:
        tags = sentence.tags or []
        misfit = first_misfit(tags, scheme) if scheme else None
        if misfit:
            raise format_error(
                path,
                sentence.lines[misfit.position],
                f"the tag {misfit.tag!r}",
                f"{misfit.correction!r} in the scheme {scheme}",
                "Correct the tag, declare another `scheme`, or set `on_ill_formed` to 'repair'.",
            )
        return sentence._replace(tags=[with_type(tag, self._entity_type) for tag in to_bioul(tags)])


def _checked_scheme(scheme: str) -> str:
    if scheme == PLAIN:
        return scheme
    name = ALIASES.get(scheme.upper(), scheme.upper())
    if name not in PREFIXES:
        names = ", ".join([*PREFIXES, *ALIASES, f"{PLAIN} (labels that are not entity tags)"])
        raise ConfigurationError(
            f"Unknown tag scheme {scheme!r}, expected one of: {names}. Leave `scheme` out to have it recognized."
        )
    return name
