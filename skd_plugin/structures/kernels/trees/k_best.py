"""The k best trees y by Σ_i s_i(y_i): {y' ≠ y} = ⊎_i {y' : y'_j = y_j for all j < i, y'_i ≠ y_i}, the best of each."""

from __future__ import annotations

from typing import Callable, NamedTuple

import numpy as np

Decoder = Callable[[np.ndarray, np.ndarray], np.ndarray]

# How many scores of arcs are held at once, of all trees that are searched for together: few enough for a cache.
_AT_ONCE = 2**18


class _Sentences(NamedTuple):
    """
    scores : of labelled arcs [dependent, arc], −∞ for what is none, shape (batch, n, (n + 1) · relation); the id of an
        arc is head · relation + its relation
    weights, relations : the score of the best relation, and its id, shape (batch, n, n + 1)
    lengths : shape (batch,)
    decode : as in `k_best_trees`
    """

    scores: np.ndarray
    weights: np.ndarray
    relations: np.ndarray
    lengths: np.ndarray
    decode: Decoder


class _Sets(NamedTuple):
    """
    Sets of trees: those with the same arcs as the set's best tree before `word`, and there none that is banned.

    scores : of the best tree, −∞ if the set is empty, shape (batch, sets)
    arcs : of the best tree, shape (batch, sets, n)
    word : −1 in the set of all trees, shape (batch, sets)
    banned : ids of arcs, −1 for none, shape (batch, sets, k)
    """

    scores: np.ndarray
    arcs: np.ndarray
    word: np.ndarray
    banned: np.ndarray


def k_best_trees(
    scores: np.ndarray, best: np.ndarray, lengths: np.ndarray, decode: Decoder, k: int
) -> tuple[np.ndarray, np.ndarray]:
    """
    The k best trees by Lawler's partition (1972): the next best one is the best of one of the sets into which those not
    yet returned are split, and the best of each set is decoded once. Equally good trees come in the order in which they
    were decoded.

    # Parameters

    scores : of labelled arcs, float64, shape (batch, n, n + 1, relation), −∞ for what is not an arc
    best : the labelled arcs of the best tree, head · relations + relation of each word, shape (batch, n)
    lengths : shape (batch,)
    decode : gives the heads of the best trees, (batch, n), under weights of arcs, (batch, n, n + 1), and lengths
    k : at least 1

    # Returns

    The labelled arcs of the trees, shape (batch, k, n), best first; and their scores, shape (batch, k), −∞ (and zeros
    in place of arcs) where there are fewer than k.
    """
    if k < 1:
        raise ValueError(f"k is {k}; ask for at least one structure.")
    batch, n, heads, relations = scores.shape
    flat = scores.reshape(batch, n, heads * relations)
    sentences = _Sentences(flat, scores.max(-1), scores.argmax(-1), lengths, decode)
    sets = _all_trees(sentences, best, k)
    for rank in range(k - 1):
        sets = _best_sets(sets, _split(sentences, _Sets(*(array[:, rank] for array in sets)), rank))
    return np.where(np.isfinite(sets.scores)[..., None], sets.arcs, 0), sets.scores


def _all_trees(sentences: _Sentences, best: np.ndarray, k: int) -> _Sets:
    """The set of all trees, and k − 1 empty ones."""
    batch, n = best.shape
    scores, arcs = np.full((batch, k), -np.inf), np.zeros((batch, k, n), np.int64)
    chosen = np.take_along_axis(sentences.scores, best[..., None], 2)[..., 0]
    scores[:, 0], arcs[:, 0] = _totals(chosen, sentences.lengths), best
    return _Sets(scores, arcs, np.full((batch, k), -1), np.full((batch, k, k), -1))


def _split(sentences: _Sentences, parents: _Sets, rank: int) -> _Sets:
    """What remains of sets without their best trees, one a sentence: the trees that first differ at each word."""
    batch, n = parents.arcs.shape
    words = np.broadcast_to(np.arange(n), (batch, n))
    first, length, found = parents.word[:, None], sentences.lengths[:, None], np.isfinite(parents.scores)[:, None]
    banned = np.where((words == first)[..., None], parents.banned[:, None], -1)
    banned[..., rank] = parents.arcs
    scores, arcs = np.full((batch, n), -np.inf), np.zeros((batch, n, n), np.int64)
    rows, columns = np.nonzero((words >= first) & (words < length) & found)
    step = max(1, _AT_ONCE // max(1, n * sentences.weights.shape[2], sentences.scores.shape[2]))
    for start in range(0, len(rows), step):
        at = rows[start : start + step], columns[start : start + step]
        scores[at], arcs[at] = _decoded(sentences, *at, parents.arcs[at[0]], banned[at])
    return _Sets(np.minimum(scores, parents.scores[:, None]), arcs, words, banned)


def _decoded(
    sentences: _Sentences, rows: np.ndarray, words: np.ndarray, forced: np.ndarray, banned: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """The score and the arcs of the best tree of each set, whose sentence is `rows`; −∞ if it has none."""
    count, lengths = np.arange(len(rows)), sentences.lengths[rows]
    left = _without(sentences.scores[rows, words], banned).reshape(len(rows), forced.shape[1] + 1, -1)
    before, size = np.arange(forced.shape[1]) < words[:, None], left.shape[2]
    weights = sentences.weights[rows]
    weights[count, words] = left.max(-1)
    weights[before] = -np.inf
    one, word = np.nonzero(before)
    weights[one, word, forced[before] // size] = sentences.scores[rows[one], word, forced[before]]
    heads = sentences.decode(_finite(weights), lengths)
    relations = np.take_along_axis(sentences.relations[rows], heads[..., None], 2)[..., 0]
    relations[count, words] = left[count, heads[count, words]].argmax(-1)
    chosen = np.take_along_axis(weights, heads[..., None], 2)[..., 0]
    return _totals(chosen, lengths), np.where(before, forced, heads * size + relations)


def _without(scores: np.ndarray, banned: np.ndarray) -> np.ndarray:
    """Arc −1, which nobody needs, is put behind the last."""
    longer = np.pad(scores, ((0, 0), (0, 1)))
    np.put_along_axis(longer, banned, -np.inf, 1)
    return longer[:, :-1]


def _finite(weights: np.ndarray) -> np.ndarray:
    """Weights less their maximum at each word; an arc that is none loses more than all others can gain."""
    none = np.isneginf(weights)
    highest = weights.max(2, keepdims=True)
    highest[np.isneginf(highest)] = 0
    shifted = np.where(none, 0, weights - highest)
    spread = -shifted.min(2, keepdims=True).sum(1, keepdims=True)
    return np.where(none, -2 * spread - 1, shifted)


def _totals(chosen: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    """Sums over the words of each sentence."""
    sums: np.ndarray = np.where(np.arange(chosen.shape[1]) < lengths[:, None], chosen, 0).sum(1)
    return sums


def _best_sets(sets: _Sets, others: _Sets) -> _Sets:
    """As many as `sets`, those with the best trees; equally good ones in the order given."""
    both = [np.concatenate(pair, 1) for pair in zip(sets, others)]
    order = np.argsort(-both[0], axis=1, kind="stable")[:, : sets.scores.shape[1]]
    return _Sets(
        *(np.take_along_axis(array, order.reshape(*order.shape, *[1] * (array.ndim - 2)), 1) for array in both)
    )
