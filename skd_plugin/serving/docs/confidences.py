"""The probabilities of tags and arcs: the doc keeps one number per token, and tokens look up theirs."""

from typing import Callable, List, Optional

from spacy.tokens import Doc, Token

ARCS, TAGS = "skd_arc_probabilities", "skd_tag_probabilities"

Confidences = List[Optional[float]]


def arc_probability(token: Token) -> Optional[float]:
    """The model's probability of the token's head and relation; None if the model did not choose them."""
    return _look_up(token, ARCS)


def tag_probability(token: Token) -> Optional[float]:
    """The model's probability of the token's tag; None if the model did not choose it."""
    return _look_up(token, TAGS)


def register() -> None:
    """Registers `doc._.skd_arc_probabilities`, `token._.skd_arc_probability`, and the attributes for tags."""
    _register(ARCS, "skd_arc_probability", arc_probability)
    _register(TAGS, "skd_tag_probability", tag_probability)


def _register(doc_attribute: str, token_attribute: str, getter: Callable[[Token], Optional[float]]) -> None:
    if not Doc.has_extension(doc_attribute):
        Doc.set_extension(doc_attribute, default=None)
        Token.set_extension(token_attribute, getter=getter)


def _look_up(token: Token, name: str) -> Optional[float]:
    numbers: Optional[Confidences] = token.doc._.get(name)
    # After tokens were merged or split the numbers no longer belong to them.
    return numbers[token.i] if numbers is not None and len(numbers) == len(token.doc) else None
