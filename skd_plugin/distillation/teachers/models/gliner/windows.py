"""Overlapping windows in which a model reads a long sentence, such that every span is inside of one of them."""

from typing import List, NamedTuple

import numpy as np
from numpy.typing import ArrayLike


class Window(NamedTuple):
    """
    Words that are read together.

    start, end : of the words, without `end`
    first, last : of the words, without `last`, from which the spans begin whose scores are taken from this window
    """

    start: int
    end: int
    first: int
    last: int


def span_windows(pieces: ArrayLike, most_words: int, most_pieces: int, width: int) -> List[Window]:
    """
    Windows over a sentence. A window overlaps half of the one before it, and more if wide spans need it.

    Of the spans in an overlap, those that begin in its first half are taken from the earlier window, so that the words
    that are missing on one side are far away.

    # Parameters

    pieces : `ArrayLike`
        The number of word pieces of each word, at least one word. Any `width` neighbours have at most `most_pieces`.
    most_words : `int`
        The most words in a window, at least `width`.
    most_pieces : `int`
        The most word pieces in a window.
    width : `int`
        The largest number of words of a span.
    """
    before = np.concatenate([[0], np.cumsum(pieces)])
    length = len(before) - 1
    windows: List[Window] = []
    start = first = 0
    while True:
        fitting = int(np.searchsorted(before, before[start] + most_pieces, side="right")) - 1
        end = min(start + most_words, fitting, length)
        if end == length:
            return [*windows, Window(start, end, first, length)]
        overlap = max(width - 1, (end - start) // 2)
        following = end - overlap
        last = following + (overlap - (width - 1)) // 2
        windows.append(Window(start, end, first, last))
        start, first = following, last
