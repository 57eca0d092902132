"""Strategies for docs with white space and sentence boundaries anywhere, and for any trees of their words."""

from typing import Any, List, Optional, Sequence

import numpy as np
import spacy
from hypothesis import strategies as st
from spacy.tokens import Doc

from skd_plugin.serving.docs.tree_writing import Parse

RELATIONS = ("dep", "nsubj", "flat")
VOCAB = spacy.blank("en").vocab


@st.composite
def docs(draw: Any, max_tokens: int = 15, bounded: bool = True) -> Doc:
    """Docs whose sentences start anywhere, even between white space. Without `bounded`, docs without sentences."""
    words = draw(st.lists(st.sampled_from(["a", "b", "c", " ", "\n\n"]), max_size=max_tokens))
    starts = draw(st.lists(st.booleans(), min_size=len(words), max_size=len(words)))
    return doc_of(words, [place for place, start in enumerate(starts) if start] if bounded else None)


def doc_of(words: Sequence[str], starts: Optional[Sequence[int]] = None) -> Doc:
    """A doc with sentences that start at its first word and at `starts`; with None it has no sentences."""
    if starts is None:
        return Doc(VOCAB, words=list(words))
    return Doc(VOCAB, words=list(words), sent_starts=[place in (0, *starts) for place in range(len(words))])


@st.composite
def parses(draw: Any, words: int) -> Parse:
    """Any tree with one root, most with crossing arcs. Only the root has the relation 0."""
    order = draw(st.permutations(range(words)))
    heads = np.zeros(words, dtype=np.int64)
    for place in range(1, words):
        heads[order[place]] = 1 + order[draw(st.integers(0, place - 1))]
    relations = [draw(st.integers(1, len(RELATIONS) - 1)) if head else 0 for head in heads]
    return Parse(heads, np.array(relations), probabilities(words))


def chain(words: int) -> Parse:
    """The tree in which each word depends on the word before it; the first is the root."""
    return Parse(np.arange(words), np.arange(words).clip(max=1), probabilities(words))


def probabilities(words: int) -> List[float]:
    """Probabilities that all differ."""
    return [1 / (2 + place) for place in range(words)]
