"""Charts for dynamic programs over projective trees: span (i, j) of a sentence is at [j − i, i · lanes + lane]."""

from __future__ import annotations

import numpy as np

from skd_plugin.structures.kernels.compiled import compiled

# The number of sentences that are processed together, each in a lane of its own.
LANES = 8
# The direction of the arcs of a span: its head is its first word and the arcs go right, or its last and they go left.
RIGHT, LEFT = 0, 1


def shifted(arcs: np.ndarray, lengths: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """
    Potentials minus the largest of their dependent, 0 where an arc is impossible; and the sum of these largest
    potentials, shape (batch,).

    The shift changes no probability. After it no weight is above 1, so that Z < 6.75ⁿ, the bound on the number of
    projective trees of n words.
    """
    scores = np.array(arcs, np.float64, order="C")
    return scores, _shift(scores, lengths)


@compiled
def _shift(scores, lengths):  # type: ignore[no-untyped-def]
    total = np.zeros(len(scores))
    for b in range(len(scores)):
        for i in range(scores.shape[1]):
            peak = scores[b, i, 0]
            for head in range(1, lengths[b] + 1):
                if head != i + 1:
                    peak = max(peak, scores[b, i, head])
            for head in range(scores.shape[2]):
                is_arc = i < lengths[b] and head <= lengths[b] and head != i + 1
                scores[b, i, head] = scores[b, i, head] - peak if is_arc else 0.0
            total[b] += peak if i < lengths[b] else 0.0
    return total


def shortest_first(lengths: np.ndarray) -> np.ndarray:
    return np.argsort(lengths, kind="stable")


@compiled
def charts(count, scores):  # type: ignore[no-untyped-def]
    """
    Empty charts, shape (count, n, n · lanes), and a row for the roots.

    The axes of a chart are the distance between the two ends of a span, and the first word combined with the lane. So
    the spans of one width are contiguous for all sentences, and LLVM can vectorize the loop over them.
    """
    n, lanes = scores.shape[1], min(len(scores), LANES)
    return np.empty((count, n, n * lanes)), np.empty(n * lanes)


@compiled
def first_block(order):  # type: ignore[no-untyped-def]
    """
    The start of the first block. It is below 0 if that block is not full; the block that is not full has the shortest
    sentences.
    """
    return len(order) % LANES - LANES if len(order) % LANES > 0 else 0


@compiled
def gather(weights, lengths, block, arcs, root):  # type: ignore[no-untyped-def]
    """Copies the weights of a block's sentences to two charts, one for each direction, 0 on padding."""
    lanes, n = len(block), lengths[block[-1]]
    for i in range(n):
        for lane in range(lanes):
            root[i * lanes + lane] = weights[block[lane], i, 0] if i < lengths[block[lane]] else 0.0
        for j in range(i + 1, n):
            for lane in range(lanes):
                b, x = block[lane], i * lanes + lane
                arcs[RIGHT, j - i, x] = weights[b, j, i + 1] if j < lengths[b] else 0.0
                arcs[LEFT, j - i, x] = weights[b, i, j + 1] if j < lengths[b] else 0.0
