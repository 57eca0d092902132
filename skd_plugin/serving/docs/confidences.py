"""Where the probabilities of tags and arcs are kept: on the doc, one number a token, which tokens look up there."""

from typing import Callable, List, Optional

from spacy.tokens import Doc, Token

ARCS, TAGS = "skd_arc_probabilities", "skd_tag_probabilities"

Confidences = List[Optional[float]]


def of_arc(token: Token) -> Optional[float]:
    """The model's probability of the token's head and relation; None where it has said nothing."""
    return _at(token, ARCS)


def of_tag(token: Token) -> Optional[float]:
    """The model's probability of the token's tag; None where it has said nothing."""
    return _at(token, TAGS)


def register() -> None:
    """Makes the attributes `doc._.skd_arc_probabilities`, `token._.skd_arc_probability`, and those of tags."""
    _register(ARCS, "skd_arc_probability", of_arc)
    _register(TAGS, "skd_tag_probability", of_tag)


def _register(of_doc: str, of_token: str, getter: Callable[[Token], Optional[float]]) -> None:
    if not Doc.has_extension(of_doc):
        Doc.set_extension(of_doc, default=None)
        Token.set_extension(of_token, getter=getter)


def _at(token: Token, name: str) -> Optional[float]:
    known: Optional[Confidences] = token.doc._.get(name)
    # Merging or splitting tokens moves them away from their numbers.
    return known[token.i] if known is not None and len(known) == len(token.doc) else None
