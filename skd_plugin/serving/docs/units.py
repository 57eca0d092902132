"""What a model reads of a doc: its sentences, or the whole doc where there are none, as words without white space."""

from typing import Iterator, List, NamedTuple, Optional

import numpy as np
from spacy.attrs import IS_SPACE, ORTH, SENT_START
from spacy.tokens import Doc


class Unit(NamedTuple):
    """
    The words that a model reads as one sentence.

    words, upos : one entry a word; `upos` is None where nobody needs it, or no component has set parts of speech, and
        has None for a word without one
    places : shape (n,), the index in the doc of each word's token
    sentence : which sentence of the doc it is from; pieces of one that is too long share theirs
    """

    words: List[str]
    places: np.ndarray
    sentence: int
    upos: Optional[List[Optional[str]]] = None


def units(doc: Doc, max_words: int) -> List[Unit]:
    """
    The sentences of a doc that have words, or the doc itself while no component has set sentence boundaries.

    One of more than `max_words` words comes in pieces of about equal size.
    """
    strings, forms = doc.vocab.strings, doc.to_array(ORTH)
    return [
        # A Token for each word would take longer, with the garbage that it makes.
        Unit([strings[form] for form in forms[places].tolist()], places, sentence)
        for sentence, words in enumerate(_sentences(doc))
        for places in _pieces(words, max_words)
    ]


def with_upos(unit: Unit, doc: Doc) -> Unit:
    """The unit with the words' parts of speech."""
    return unit._replace(upos=[doc[place].pos_ or None for place in unit.places.tolist()])


def sentence_starts(doc: Doc) -> np.ndarray:
    """The indexes of the tokens at which a sentence starts; the doc is one sentence while no component has set any."""
    starts = doc.to_array(SENT_START) == 1
    starts[:1] = True
    return starts.nonzero()[0]


def _sentences(doc: Doc) -> List[np.ndarray]:
    """The indexes of each sentence's tokens that are no white space."""
    words = (doc.to_array(IS_SPACE) == 0).nonzero()[0]
    starts = sentence_starts(doc)
    return [words] if len(starts) < 2 else np.split(words, np.searchsorted(words, starts[1:]))


def _pieces(places: np.ndarray, max_words: int) -> Iterator[np.ndarray]:
    if 0 < len(places) <= max_words:
        yield places
    elif len(places):
        yield from np.array_split(places, -(-len(places) // max_words))
