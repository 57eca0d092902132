"""Writes the heads and relations of words to a doc's tokens, so that each sentence is a tree with one root."""

from typing import Any, Dict, List, NamedTuple, Sequence

import numpy as np
from spacy.attrs import DEP, HEAD, SENT_START
from spacy.tokens import Doc

from skd_plugin.serving.docs.confidences import Confidences
from skd_plugin.serving.docs.units import Unit, sentence_starts

ROOT, UNSPECIFIED = "ROOT", "dep"


class Parse(NamedTuple):
    """
    The best tree of a sentence's words.

    heads : shape (n,), counted from 1; 0 at the root
    relations : shape (n,), the ids of the labels
    probabilities : for each word that of its head and relation
    """

    heads: np.ndarray
    relations: np.ndarray
    probabilities: List[float]


def write_parse(doc: Doc, units: Sequence[Unit], parses: Sequence[Parse], relations: np.ndarray) -> Confidences:
    """
    Sets the heads and relations of all tokens. Each sentence becomes a tree with one root, whose relation is `ROOT`.

    `relations` are the hashes of the labels' names, which the doc's vocab has to know. Returns the probability of each
    token's arc, None if the model did not choose the arc. White space depends on the word before it, or on the
    sentence's first word, with the relation `dep`. If a sentence was read in pieces, the roots of later pieces depend
    on the root of the first piece with `dep`.
    """
    add, starts = doc.vocab.strings.add, sentence_starts(doc)
    heads = _heads_of_white_space(len(doc), starts, units)
    kinds = np.full(len(doc), add(UNSPECIFIED), dtype=np.uint64)
    confidences: Confidences = [None] * len(doc)
    roots: Dict[int, int] = {}
    for unit, parse in zip(units, parses):
        root = int(unit.indices[parse.heads.argmin()])
        heads[unit.indices] = unit.indices[parse.heads - 1]
        heads[root] = roots.setdefault(unit.sentence, root)
        kinds[unit.indices] = relations[parse.relations]
        for index, probability in zip(unit.indices.tolist(), parse.probabilities):
            confidences[index] = probability
        if heads[root] != root:
            kinds[root], confidences[root] = add(UNSPECIFIED), None
    _write_tree(doc, heads, kinds)
    # spaCy would add sentence boundaries inside a tree whose arcs cross often.
    write_starts(doc, starts)
    return confidences


def write_starts(doc: Doc, starts: np.ndarray) -> None:
    """Sets the sentence starts: these tokens and no others."""
    values = np.full(len(doc), -1, dtype=np.int64)
    values[starts] = 1
    columns: Any = values.view(np.uint64).reshape(-1, 1)
    doc.from_array([SENT_START], columns)


def _write_tree(doc: Doc, heads: np.ndarray, kinds: np.ndarray) -> None:
    """Sets heads, counted from 0 with each root its own head, and relations, as hashes of strings."""
    columns: Any = np.empty((2, len(doc)), dtype=np.uint64)
    steps = np.subtract(heads, np.arange(len(doc)), out=columns[0].view(np.int64))
    kinds[steps == 0] = doc.vocab.strings.add(ROOT)
    columns[1] = kinds
    # spaCy copies an array that is not stored by columns.
    doc.from_array([HEAD, DEP], columns.T)


def _heads_of_white_space(size: int, starts: np.ndarray, units: Sequence[Unit]) -> np.ndarray:
    """For each of the doc's tokens, the head that it gets if it is white space."""
    tokens = np.arange(size)
    if sum(len(unit.indices) for unit in units) == size:
        return tokens
    sentence = np.searchsorted(starts, tokens, side="right") - 1
    first, end = starts[sentence], np.append(starts[1:], size)[sentence]
    words = np.zeros(size, dtype=bool)
    for unit in units:
        words[unit.indices] = True
    before = np.maximum.accumulate(np.where(words, tokens, -1))
    after = np.minimum.accumulate(np.where(words, tokens, size)[::-1])[::-1]
    # The last case is a sentence that is only white space; it is a tree too.
    return np.where(before >= first, before, np.where(after < end, after, first))
