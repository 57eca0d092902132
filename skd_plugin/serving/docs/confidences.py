"""
The probabilities of tags and arcs. Each stays with its token, whatever spaCy makes of the doc.

They are kept as spaCy keeps custom attributes of tokens: in `doc.user_data`, by the offset of the token's first
character. So they are copied, saved, cut out and joined with the doc. Beside each is the hash of its token's text. A
token that was merged or split has another text, and so has nearly every token to which another one's number came when
spaCy cut out a part of a doc and joined it with others.
"""

from functools import partial
from itertools import repeat
from typing import Any, Dict, List, Optional

from spacy.attrs import IDX, ORTH
from spacy.tokens import Doc, Token

ARCS, TAGS = "skd_arc_probabilities", "skd_tag_probabilities"
OF_TOKENS = {ARCS: "skd_arc_probability", TAGS: "skd_tag_probability"}
"""The attribute of a token, by that of the doc: the number is None if the model did not choose the tag or the arc."""

Confidences = List[Optional[float]]


def register() -> None:
    """Registers `doc._.skd_arc_probabilities`, `token._.skd_arc_probability`, and the attributes for tags."""
    for of_doc, of_token in OF_TOKENS.items():
        if not Doc.has_extension(of_doc):
            Doc.set_extension(of_doc, getter=partial(_of_doc, of_doc), setter=partial(_write, of_doc))
            Token.set_extension(of_token, getter=partial(_of_token, of_doc))


def _write(of_doc: str, doc: Doc, numbers: Confidences) -> None:
    if len(numbers) != len(doc):
        raise ValueError(
            f"doc._.{of_doc} is set to {len(numbers)} numbers, expected one for each of {len(doc)} tokens."
        )
    starts, texts = doc.to_array([IDX, ORTH]).T.tolist()
    # The keys of `_key`, faster than one call for each.
    keys: Any = zip(repeat("._."), repeat(OF_TOKENS[of_doc]), starts, repeat(None))
    doc.user_data.update(zip(keys, zip(numbers, texts)))
    doc.user_data.pop(_key(of_doc), None)


def _of_token(of_doc: str, token: Token) -> Optional[float]:
    data: Dict[Any, Any] = token.doc.user_data
    number, text = data.get(_key(OF_TOKENS[of_doc], token.idx), (None, None))
    if text is None:
        return _of_version_0_1(of_doc, token)
    return number if text == token.orth else None


def _of_doc(of_doc: str, doc: Doc) -> Optional[Confidences]:
    numbers = [_of_token(of_doc, token) for token in doc]
    return None if numbers.count(None) == len(numbers) else numbers


def _of_version_0_1(of_doc: str, token: Token) -> Optional[float]:
    """The number of a token in a doc that version 0.1.0 has saved, with a list of the numbers of all tokens."""
    data: Dict[Any, Any] = token.doc.user_data
    numbers: Optional[Confidences] = data.get(_key(of_doc))
    return numbers[token.i] if numbers is not None and len(numbers) == len(token.doc) else None


def _key(name: str, start: Optional[int] = None) -> Any:
    """The key that spaCy gives to an attribute of a token, or of the doc."""
    return "._.", name, start, None
