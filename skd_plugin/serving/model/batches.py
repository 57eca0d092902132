"""Batches of sentences of similar length. Their padded size is bounded, so that long docs fit into memory."""

from typing import Iterator, List, Sequence

MAX_SENTENCES = 128
MAX_WORDS = 1 << 13
# A model that scores pairs of words fills the processor's caches earlier.
MAX_SENTENCES_OF_PAIRS = 32
MAX_PAIRS = 1 << 20


def batches_by_length(lengths: Sequence[int], quadratic: bool) -> Iterator[List[int]]:
    """
    The indices of sentences of these lengths in batches, the longest sentences first.

    A batch has at most `MAX_SENTENCES` sentences and, with padding, `MAX_WORDS` words. If the model scores pairs of
    words (`quadratic`), the limits are `MAX_SENTENCES_OF_PAIRS` and `MAX_PAIRS`. A longer sentence is its own batch.
    """
    order = sorted(range(len(lengths)), key=lengths.__getitem__, reverse=True)
    start = 0
    while start < len(order):
        size = _size(lengths[order[start]], quadratic)
        yield order[start : start + size]
        start += size


def _size(longest: int, quadratic: bool) -> int:
    if quadratic:
        return max(1, min(MAX_SENTENCES_OF_PAIRS, MAX_PAIRS // longest**2))
    return max(1, min(MAX_SENTENCES, MAX_WORDS // longest))
