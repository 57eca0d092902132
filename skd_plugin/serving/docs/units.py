"""The parts of a doc that a model reads: its sentences, or the whole doc, as words without white space."""

from typing import Iterator, List, NamedTuple, Optional

import numpy as np
from spacy.attrs import IS_SPACE, ORTH, SENT_START
from spacy.tokens import Doc


class Unit(NamedTuple):
    """
    The words that a model reads as one sentence.

    words : one text per word
    indices : shape (n,), the index in the doc of each word's token
    sentence : the index of the sentence in the doc; all pieces of a long sentence have the same
    upos : one part of speech per word, None for a word without one; or None if no component has set any
    """

    words: List[str]
    indices: np.ndarray
    sentence: int
    upos: Optional[List[Optional[str]]] = None


def split_into_units(doc: Doc, max_words: int) -> List[Unit]:
    """
    The sentences of a doc that have words, or the doc itself while no component has set sentence boundaries.

    A sentence of more than `max_words` words is split into pieces of about equal size.
    """
    # Faster than a Token for each word, which also leaves work for the garbage collector.
    forms, spaces, starts = doc.to_array([ORTH, IS_SPACE, SENT_START]).T
    strings = doc.vocab.strings
    return [
        Unit([strings[form] for form in forms[indices].tolist()], indices, sentence)
        for sentence, words in enumerate(_sentences(spaces == 0, starts == 1))
        for indices in _pieces(words, max_words)
    ]


def add_upos(unit: Unit, doc: Doc) -> Unit:
    """The unit with the parts of speech of its words."""
    return unit._replace(upos=[doc[index].pos_ or None for index in unit.indices.tolist()])


def sentence_starts(doc: Doc) -> np.ndarray:
    """The indices of the tokens at which a sentence starts. A doc without sentence boundaries is one sentence."""
    return _places(doc.to_array(SENT_START) == 1)


def open_places(doc: Doc) -> np.ndarray:
    """For each token, whether it is open if a sentence starts there: `is_sent_start` is neither True nor False."""
    places = doc.to_array(SENT_START) == 0
    places[:1] = False
    return places


def _places(starts: np.ndarray) -> np.ndarray:
    starts[:1] = True
    return starts.nonzero()[0]


def _sentences(is_word: np.ndarray, starts: np.ndarray) -> List[np.ndarray]:
    """The indices of each sentence's tokens that are not white space."""
    words, places = is_word.nonzero()[0], _places(starts)
    return [words] if len(places) < 2 else np.split(words, np.searchsorted(words, places[1:]))


def _pieces(indices: np.ndarray, max_words: int) -> Iterator[np.ndarray]:
    if 0 < len(indices) <= max_words:
        yield indices
    elif len(indices):
        yield from np.array_split(indices, -(-len(indices) // max_words))
