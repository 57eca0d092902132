"""Batches of sentences of similar length. What a model scores in a batch is bounded, so that it fits into memory."""

from typing import Dict, Iterator, List, Mapping, NamedTuple, Optional, Sequence


class Limit(NamedTuple):
    """
    The size of a batch.

    sentences : the most sentences
    scores : the most scores, with those of the padding
    words : the length of a sentence that takes as much memory as a batch may
    """

    sentences: int
    scores: int
    words: int


# More sentences mean fewer calls. More words leave the processor's caches, earlier in a model that scores pairs of
# words. For triples, two scores for each, of siblings and of grandparents, take at most 128 MiB.
LIMITS: Dict[int, Limit] = {1: Limit(256, 4096, 4096), 2: Limit(32, 1024**2, 1024), 3: Limit(32, 256**3, 256)}
"""The limit for models whose scores are about one word, a pair of words, or three (`StructuredModel.scored_words`)."""

LIMITS_WITH_TABLE: Dict[int, Limit] = {**LIMITS, 2: Limit(128, 256**2, 1024)}
"""
The same where words come from a table and an encoder is small, as in serving. Such a model gains by more sentences in a
batch, with which a transformer is slower.
"""


def batches_by_length(
    lengths: Sequence[int],
    scored_words: int,
    sentences: Optional[int] = None,
    limits: Mapping[int, Limit] = LIMITS,
) -> Iterator[List[int]]:
    """
    The indices of sentences of these lengths in batches, the longest sentences first.

    A batch has the size that is fastest on a CPU. If `sentences` is given, it has so many, or as many as memory allows.
    A longer sentence is its own batch.

    # Parameters

    lengths : `Sequence[int]`
    scored_words : `int`
        How many words a score of the model is about.
    sentences : `int`, optional (default = `None`)
        The most sentences in a batch.
    limits : `Mapping[int, Limit]`, optional (default = `LIMITS`)
    """
    order = sorted(range(len(lengths)), key=lengths.__getitem__, reverse=True)
    start = 0
    while start < len(order):
        size = _size(lengths[order[start]], scored_words, sentences, limits[scored_words])
        yield order[start : start + size]
        start += size


def _size(longest: int, scored_words: int, sentences: Optional[int], limit: Limit) -> int:
    if sentences is None:
        sentences, scores = limit.sentences, limit.scores
    else:
        scores = limit.words**scored_words
    return max(1, min(sentences, scores // max(1, longest) ** scored_words))
