"""From heads and relations of words to those of tokens: each sentence of the doc one tree with one root."""

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
    probabilities : one number a word, of its head and relation
    """

    heads: np.ndarray
    relations: np.ndarray
    probabilities: List[float]


def write_parse(doc: Doc, read: Sequence[Unit], parses: Sequence[Parse], relations: Sequence[str]) -> Confidences:
    """
    Sets heads and relations of all tokens, each sentence a tree with one root, whose relation is spaCy's `ROOT`.
    `relations` are the labels' names. Returns the probability of each token's arc, None where the model chose none.

    White space depends on the word before it, or on the sentence's first word, with the relation `dep`. So do, on the
    first piece's root, the roots of the other pieces of a sentence that was read in pieces.
    """
    add, starts = doc.vocab.strings.add, sentence_starts(doc)
    heads = _heads_of_white_space(len(doc), starts, read)
    kinds = np.full(len(doc), add(UNSPECIFIED), dtype=np.uint64)
    confidences: Confidences = [None] * len(doc)
    roots: Dict[int, int] = {}
    for unit, parse in zip(read, parses):
        root = int(unit.places[parse.heads.argmin()])
        heads[unit.places] = unit.places[parse.heads - 1]
        heads[root] = roots.setdefault(unit.sentence, root)
        kinds[unit.places] = [add(relations[relation]) for relation in parse.relations.tolist()]
        for place, probability in zip(unit.places.tolist(), parse.probabilities):
            confidences[place] = probability
        if heads[root] != root:
            kinds[root], confidences[root] = add(UNSPECIFIED), None
    _write_tree(doc, heads, kinds)
    # A tree whose arcs cross often would be cut elsewhere too by spaCy.
    write_starts(doc, starts)
    return confidences


def write_starts(doc: Doc, starts: np.ndarray) -> None:
    """Lets sentences start at these tokens and nowhere else."""
    values = np.full(len(doc), -1, dtype=np.int64)
    values[starts] = 1
    columns: Any = values.view(np.uint64).reshape(-1, 1)
    doc.from_array([SENT_START], columns)


def _write_tree(doc: Doc, heads: np.ndarray, kinds: np.ndarray) -> None:
    """Sets heads, counted from 0, themselves at roots, and relations, as hashes of strings."""
    steps = heads - np.arange(len(doc))
    kinds[steps == 0] = doc.vocab.strings.add(ROOT)
    columns: Any = np.stack([steps.view(np.uint64), kinds], axis=1)
    doc.from_array([HEAD, DEP], columns)


def _heads_of_white_space(size: int, starts: np.ndarray, read: Sequence[Unit]) -> np.ndarray:
    """For each of the doc's tokens the head that it has if it is white space."""
    places = np.arange(size)
    if sum(len(unit.places) for unit in read) == size:
        return places
    sentence = np.searchsorted(starts, places, side="right") - 1
    first, end = starts[sentence], np.append(starts[1:], size)[sentence]
    words = np.zeros(size, dtype=bool)
    for unit in read:
        words[unit.places] = True
    before = np.maximum.accumulate(np.where(words, places, -1))
    after = np.minimum.accumulate(np.where(words, places, size)[::-1])[::-1]
    # A sentence of white space alone is a tree too.
    return np.where(before >= first, before, np.where(after < end, after, first))
