"""Entity tags in the schemes that files use, converted to BIOUL, which this package uses, and back.

    scheme          first  inside  last  single
    IOB1            I*     I       I     I*      * B where a span of the same type ends just before
    IOB2 (BIO)      B      I       I     B
    BIOUL (BILOU)   B      I       L     U
    BIOES (IOBES)   B      I       E     S
    BMES (BMESO)    B      M       E     S
    BMEWO           B      M       E     W

No prefix means different things in two schemes, so tags can be read without knowing their scheme. A tag continues
the span of the tag before it if that span may go on (B, I, M), the tag may continue a span (I, M, L, E), and their
types agree. The CoNLL scorer reads ill-formed tags in the same way. A scheme is checked by writing the spans in it.

Tags without a type (B, I, O) denote spans of one type that has no name.
"""

import re
from typing import Dict, List, NamedTuple, Optional, Sequence, Tuple

OUTSIDE = "O"

# For each scheme, its prefix for each prefix of BIOUL. In IOB1, `from_bioul` puts in B where two spans touch.
PREFIXES: Dict[str, Dict[str, str]] = {
    "IOB2": {"B": "B", "I": "I", "L": "I", "U": "B"},
    "IOB1": {"B": "I", "I": "I", "L": "I", "U": "I"},
    "BIOUL": {"B": "B", "I": "I", "L": "L", "U": "U"},
    "BIOES": {"B": "B", "I": "I", "L": "E", "U": "S"},
    "BMES": {"B": "B", "I": "M", "L": "E", "U": "S"},
    "BMEWO": {"B": "B", "I": "M", "L": "E", "U": "W"},
}
ALIASES = {"BIO": "IOB2", "BILOU": "BIOUL", "IOBES": "BIOES", "BMESO": "BMES"}

_TAG = re.compile("[BIMLEUSW](-.+)?")
_MAY_GO_ON = frozenset("BIM")
_CONTINUES = frozenset("IMLE")


class Misfit(NamedTuple):
    """The first tag that a scheme does not allow: its position from 0, the tag, and the tag that should be there."""

    position: int
    tag: str
    correction: str


def is_tag(tag: str) -> bool:
    """Whether some scheme has such a tag: O, a prefix, or a prefix, a hyphen and a type."""
    return tag == OUTSIDE or _TAG.fullmatch(tag) is not None


def has_type(tag: str) -> bool:
    """Whether the tag, which is not O, has a type."""
    return len(tag) > 1


def with_type(tag: str, name: str) -> str:
    """The tag, with this type if it has none."""
    return tag if tag == OUTSIDE or has_type(tag) else f"{tag}-{name}"


def to_bioul(tags: Sequence[str]) -> List[str]:
    """The spans that tags of any scheme denote, as BIOUL; every tag must pass `is_tag`."""
    continuations = [False, *map(_continues, tags, tags[1:]), False]
    return [
        tag if tag == OUTSIDE else _BIOUL[before, after] + tag[1:]
        for tag, before, after in zip(tags, continuations[:-1], continuations[1:], strict=True)
    ]


def from_bioul(tags: Sequence[str], scheme: str) -> List[str]:
    """Well-formed BIOUL tags, written in a scheme, which is a key of `PREFIXES`."""
    prefixes = PREFIXES[scheme]
    new_tags = [tag if tag == OUTSIDE else prefixes[tag[0]] + tag[1:] for tag in tags]
    if scheme == "IOB1":
        for index in range(1, len(tags)):
            if _touch(tags[index - 1], tags[index]):
                new_tags[index] = "B" + tags[index][1:]
    return new_tags


def first_misfit(tags: Sequence[str], scheme: str) -> Optional[Misfit]:
    """Where the tags first break the rules of the scheme, or None if they keep them; every tag must pass `is_tag`."""
    corrections = from_bioul(to_bioul(tags), scheme)
    pairs = enumerate(zip(tags, corrections, strict=True))
    return next((Misfit(position, *pair) for position, pair in pairs if pair[0] != pair[1]), None)


_BIOUL: Dict[Tuple[bool, bool], str] = {
    (False, False): "U",
    (False, True): "B",
    (True, True): "I",
    (True, False): "L",
}


def _continues(previous: str, tag: str) -> bool:
    return previous[0] in _MAY_GO_ON and tag[0] in _CONTINUES and previous[1:] == tag[1:]


def _touch(previous: str, tag: str) -> bool:
    """Whether a span begins at this BIOUL tag just after one of the same type."""
    return previous[0] in "LU" and tag[0] in "BU" and previous[1:] == tag[1:]
