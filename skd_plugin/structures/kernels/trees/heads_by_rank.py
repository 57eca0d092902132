"""Heads that are denoted by a rank among the words with one tag, compiled: the second noun to the left."""

from __future__ import annotations

import numpy as np

from skd_plugin.structures.kernels.compiled import compiled_strictly


@compiled_strictly
def heads_by_rank(tags, lengths, steps, tag_of, kinds):  # type: ignore[no-untyped-def]
    """
    # Parameters

    tags : the id of each word's tag, −1 for a tag that no label names, shape (batch, n)
    lengths : shape (batch,)
    steps : how many words with the tag to go, to the left (−) or to the right, 0 for ROOT, shape (label,)
    tag_of : the id of the tag that each label counts, shape (label,)
    kinds : how many tags there are

    # Returns

    The head that each label denotes at each word, −1 where it denotes none, shape (batch, n, label).
    """
    batch, length = tags.shape
    heads = np.full((batch, length, len(steps)), -1)
    for b in range(batch):
        words, count = np.zeros((kinds, length), np.int64), np.zeros(kinds, np.int64)
        before = np.zeros((lengths[b] + 1, kinds), np.int64)
        for i in range(lengths[b]):
            tag = tags[b, i]
            if tag >= 0:
                words[tag, count[tag]] = i + 1
                count[tag] += 1
            before[i + 1] = count
        for i in range(lengths[b]):
            for label in range(len(steps)):
                step, tag = steps[label], tag_of[label]
                if step == 0:
                    heads[b, i, label] = 0
                else:
                    # To the right, the words passed include the word itself.
                    rank = before[i + 1, tag] + step - 1 if step > 0 else before[i, tag] + step
                    if 0 <= rank < count[tag]:
                        heads[b, i, label] = words[tag, rank]
    return heads
