"""The parts of a doc that a model reads: its sentences, or the whole doc, as words without white space."""

from itertools import pairwise
from typing import Iterator, List, NamedTuple, Optional, Sequence

import numpy as np
from spacy.attrs import IS_SPACE, ORTH, POS, SENT_START
from spacy.parts_of_speech import NAMES
from spacy.strings import StringStore
from spacy.tokens import Doc


class Unit(NamedTuple):
    """
    The words that a model reads as one sentence.

    forms : shape (n,), the hash of each word's text
    indices : shape (n,), the index in the doc of each word's token
    sentence : the index of the sentence in the doc; all pieces of a long sentence have the same
    strings : the texts of the hashes
    upos : one part of speech per word, None for a word without one; or None if no component has set any
    """

    forms: np.ndarray
    indices: np.ndarray
    sentence: int
    strings: StringStore
    upos: Optional[List[Optional[str]]] = None

    @property
    def words(self) -> List[str]:
        """One text per word."""
        return [self.strings[form] for form in self.forms.tolist()]


def split_into_units(docs: Sequence[Doc], max_words: int) -> List[List[Unit]]:
    """
    For each doc, its sentences that have words, or the doc itself while no component has set sentence boundaries.

    A sentence of more than `max_words` words is split into pieces of about equal size.
    """
    units: List[List[Unit]] = [[] for _ in docs]
    if not docs:
        return units
    # All docs at once, because calls of numpy for each cost more than the work. Tokens are counted over all docs.
    forms, spaces, starts = np.concatenate([doc.to_array([ORTH, IS_SPACE, SENT_START]) for doc in docs]).T
    lengths = np.array([len(doc) for doc in docs])
    doc_of_token, first = np.repeat(np.arange(len(docs)), lengths), lengths.cumsum() - lengths
    starts = starts == 1
    starts[first[lengths > 0]] = True
    sentences = starts.cumsum() - 1
    words = np.flatnonzero(spaces == 0)
    docs_of_words, sentences_of_words = doc_of_token[words], sentences[words]
    forms, indices = forms[words], words - first[docs_of_words]
    begins = np.flatnonzero(np.diff(sentences_of_words, prepend=-1))
    docs_of_units = docs_of_words[begins]
    numbers = sentences_of_words[begins] - sentences[first[docs_of_units]]
    borders = pairwise([*begins.tolist(), len(words)])
    for (begin, end), doc, number in zip(borders, docs_of_units.tolist(), numbers.tolist()):
        strings = docs[doc].vocab.strings
        for piece in _pieces(begin, end, max_words):
            units[doc].append(Unit(forms[piece], indices[piece], number, strings))
    return units


def add_upos(unit: Unit, doc: Doc) -> Unit:
    """The unit with the parts of speech of its words."""
    return unit._replace(upos=[NAMES[pos] or None for pos in doc.to_array(POS)[unit.indices].tolist()])


def sentence_starts(doc: Doc) -> np.ndarray:
    """The indices of the tokens at which a sentence starts. A doc without sentence boundaries is one sentence."""
    starts = doc.to_array(SENT_START) == 1
    starts[:1] = True
    return np.flatnonzero(starts)


def open_places(doc: Doc) -> np.ndarray:
    """For each token, whether it is open if a sentence starts there: `is_sent_start` is neither True nor False."""
    places = doc.to_array(SENT_START) == 0
    places[:1] = False
    return places


def _pieces(begin: int, end: int, max_words: int) -> Iterator[slice]:
    """The places from `begin` to `end` in pieces."""
    count = -(-(end - begin) // max_words)
    size, longer = divmod(end - begin, count)
    for number in range(count):
        yield slice(begin, begin := begin + size + (number < longer))
