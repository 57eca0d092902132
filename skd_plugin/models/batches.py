"""Batches of sentences of similar length. What a model scores in a batch is bounded, so that it fits into memory."""

from typing import Dict, Iterator, List, Mapping, NamedTuple, Optional, Sequence


class Limit(NamedTuple):
    """
    The size of a batch.

    sentences : the most sentences
    words : the length of a sentence that fills a batch by itself
    """

    sentences: int
    words: int


# More sentences mean fewer calls. More words leave the processor's caches, earlier in a model that scores pairs of
# words. For triples, two scores for each, of siblings and of grandparents, take at most 128 MiB.
LIMITS: Dict[int, Limit] = {1: Limit(256, 4096), 2: Limit(32, 1024), 3: Limit(32, 256)}
"""The limit for models whose scores are about one word, a pair of words, or three (`StructuredModel.scored_words`)."""

LIMITS_WITH_TABLE: Dict[int, Limit] = {**LIMITS, 2: Limit(128, 256)}
"""
The same for a model that reads its words from a table, as in serving. It is small, and gains by more sentences in a
batch, where a transformer loses.
"""


def batches_by_length(
    lengths: Sequence[int],
    scored_words: int,
    sentences: Optional[int] = None,
    limits: Mapping[int, Limit] = LIMITS,
) -> Iterator[List[int]]:
    """
    The indices of sentences of these lengths in batches, the longest sentences first.

    A batch, with its padding, has no more scores than a sentence that fills a batch. A longer sentence is its own
    batch.

    # Parameters

    lengths : `Sequence[int]`
    scored_words : `int`
        How many words a score of the model is about.
    sentences : `int`, optional (default = `None`)
        The most sentences in a batch; None is the number in `limits`.
    limits : `Mapping[int, Limit]`, optional (default = `LIMITS`)
    """
    order = sorted(range(len(lengths)), key=lengths.__getitem__, reverse=True)
    start = 0
    while start < len(order):
        size = _size(lengths[order[start]], scored_words, sentences, limits[scored_words])
        yield order[start : start + size]
        start += size


def _size(longest: int, scored_words: int, sentences: Optional[int], limit: Limit) -> int:
    most = limit.sentences if sentences is None else sentences
    return max(1, min(most, limit.words**scored_words // max(1, longest) ** scored_words))
