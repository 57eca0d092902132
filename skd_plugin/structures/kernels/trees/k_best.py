"""
The k best trees y by Σ_i s_i(y_i), by Lawler's partition of the trees other than the best tree y:

    {y' ≠ y} = ⊎_i {y' : y'_j = y_j for all j < i, y'_i ≠ y_i}
"""

from __future__ import annotations

from typing import Callable, NamedTuple

import numpy as np

Decoder = Callable[[np.ndarray, np.ndarray], np.ndarray]

# The number of arc scores that are in memory at once when many trees are decoded together: few enough for a cache.
_MAX_SCORES = 2**18


class _Sentences(NamedTuple):
    """
    scores : of labelled arcs [dependent, arc], shape (batch, n, (n + 1) · relation), −∞ for impossible arcs; the id of
        an arc is head · (number of relations) + relation
    weights, relations : the score of the best relation of each arc, and its id, shape (batch, n, n + 1)
    lengths : shape (batch,)
    decode : see `k_best_trees`
    """

    scores: np.ndarray
    weights: np.ndarray
    relations: np.ndarray
    lengths: np.ndarray
    decode: Decoder


class _Sets(NamedTuple):
    """
    Sets of trees. The trees of a set agree with its best tree on the arcs of the words before `word`, and none of them
    has a banned arc at `word`.

    scores : of the best tree, −∞ if the set is empty, shape (batch, sets)
    arcs : of the best tree, shape (batch, sets, n)
    word : −1 for the set of all trees, shape (batch, sets)
    banned : ids of arcs, filled up with −1, shape (batch, sets, k)
    """

    scores: np.ndarray
    arcs: np.ndarray
    word: np.ndarray
    banned: np.ndarray


def k_best_trees(
    scores: np.ndarray, best: np.ndarray, lengths: np.ndarray, decode: Decoder, k: int
) -> tuple[np.ndarray, np.ndarray]:
    """
    The k best trees by Lawler's partition (1972). The trees that have not been returned yet are split into sets, and
    the next best tree is the best tree of one of them. The best tree of each set is decoded once. Equally good trees
    are returned in the order in which they were decoded.

    # Parameters

    scores : of labelled arcs, float64, shape (batch, n, n + 1, relation), −∞ for impossible arcs
    best : the ids of the best tree's labelled arcs, head · (number of relations) + relation, shape (batch, n)
    lengths : shape (batch,)
    decode : returns the heads of the best trees, shape (batch, n), given weights of arcs (batch, n, n + 1) and lengths
    k : at least 1

    # Returns

    The ids of the trees' labelled arcs, shape (batch, k, n), best first; and their scores, shape (batch, k). Where
    there are fewer than k trees, the scores are −∞ and the ids 0.
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
    """The set of all trees, and k − 1 empty sets."""
    batch, n = best.shape
    scores, arcs = np.full((batch, k), -np.inf), np.zeros((batch, k, n), np.int64)
    chosen = np.take_along_axis(sentences.scores, best[..., None], 2)[..., 0]
    scores[:, 0], arcs[:, 0] = _totals(chosen, sentences.lengths), best
    return _Sets(scores, arcs, np.full((batch, k), -1), np.full((batch, k, k), -1))


def _split(sentences: _Sentences, parents: _Sets, rank: int) -> _Sets:
    """Splits one set per sentence, without its best tree, by the first word at which a tree differs from the best."""
    batch, n = parents.arcs.shape
    words = np.broadcast_to(np.arange(n), (batch, n))
    first, length, exists = parents.word[:, None], sentences.lengths[:, None], np.isfinite(parents.scores)[:, None]
    banned = np.where((words == first)[..., None], parents.banned[:, None], -1)
    banned[..., rank] = parents.arcs
    scores, arcs = np.full((batch, n), -np.inf), np.zeros((batch, n, n), np.int64)
    rows, columns = np.nonzero((words >= first) & (words < length) & exists)
    step = max(1, _MAX_SCORES // max(1, n * sentences.weights.shape[2], sentences.scores.shape[2]))
    for start in range(0, len(rows), step):
        group = rows[start : start + step], columns[start : start + step]
        scores[group], arcs[group] = _decode_sets(sentences, *group, parents.arcs[group[0]], banned[group])
    return _Sets(np.minimum(scores, parents.scores[:, None]), arcs, words, banned)


def _decode_sets(
    sentences: _Sentences, rows: np.ndarray, words: np.ndarray, forced: np.ndarray, banned: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """
    The score, −∞ for an empty set, and the arcs of the best tree of each set.

    # Parameters

    rows : the sentence of each set, shape (sets,)
    words : the word at which arcs are banned, shape (sets,)
    forced : the arcs that the words before that word must have, shape (sets, n)
    banned : shape (sets, k)
    """
    sets, lengths = np.arange(len(rows)), sentences.lengths[rows]
    allowed = _ban(sentences.scores[rows, words], banned).reshape(len(rows), forced.shape[1] + 1, -1)
    is_forced, num_relations = np.arange(forced.shape[1]) < words[:, None], allowed.shape[2]
    weights = sentences.weights[rows]
    weights[sets, words] = allowed.max(-1)
    weights[is_forced] = -np.inf
    one, word = np.nonzero(is_forced)
    weights[one, word, forced[is_forced] // num_relations] = sentences.scores[rows[one], word, forced[is_forced]]
    heads = sentences.decode(_make_finite(weights), lengths)
    relations = np.take_along_axis(sentences.relations[rows], heads[..., None], 2)[..., 0]
    relations[sets, words] = allowed[sets, heads[sets, words]].argmax(-1)
    chosen = np.take_along_axis(weights, heads[..., None], 2)[..., 0]
    return _totals(chosen, lengths), np.where(is_forced, forced, heads * num_relations + relations)


def _ban(scores: np.ndarray, banned: np.ndarray) -> np.ndarray:
    """Scores with −∞ for the banned arcs; the id −1 selects an additional last entry, which is cut off."""
    extended = np.pad(scores, ((0, 0), (0, 1)))
    np.put_along_axis(extended, banned, -np.inf, 1)
    return extended[:, :-1]


def _make_finite(weights: np.ndarray) -> np.ndarray:
    """Weights minus their maximum at each word; impossible arcs weigh less than all other arcs can make up for."""
    impossible = np.isneginf(weights)
    highest = weights.max(2, keepdims=True)
    highest[np.isneginf(highest)] = 0
    shifted = np.where(impossible, 0, weights - highest)
    spread = -shifted.min(2, keepdims=True).sum(1, keepdims=True)
    return np.where(impossible, -2 * spread - 1, shifted)


def _totals(chosen: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    """The sums of the chosen scores over the words of each sentence."""
    sums: np.ndarray = np.where(np.arange(chosen.shape[1]) < lengths[:, None], chosen, 0).sum(1)
    return sums


def _best_sets(sets: _Sets, others: _Sets) -> _Sets:
    """Keeps as many sets as `sets` has, those with the best trees; equally good sets keep their order."""
    both = [np.concatenate(pair, 1) for pair in zip(sets, others)]
    order = np.argsort(-both[0], axis=1, kind="stable")[:, : sets.scores.shape[1]]
    return _Sets(
        *(np.take_along_axis(array, order.reshape(*order.shape, *[1] * (array.ndim - 2)), 1) for array in both)
    )
