"""The k best trees y by Σ_i s_i(y_i): {y' ≠ y} = ⊎_i {y' : y'_j = y_j for all j < i, y'_i ≠ y_i}, the best of each."""

from __future__ import annotations

from typing import Callable, NamedTuple

import numpy as np
import torch
from torch import Tensor

from skd_plugin.structures.algebra.potentials import FORBIDDEN
from skd_plugin.structures.algebra.structure import NBest, Tree
from skd_plugin.structures.kernels.trees import eisner_decoding
from skd_plugin.structures.kernels.trees import spanning_tree as arborescence
from skd_plugin.structures.trees.parsing import Parsing, Support

# How many scores of arcs are held at once, of all trees that are searched for together: few enough for a cache.
_AT_ONCE = 2**18


class _Sentences(NamedTuple):
    """
    scores : of labelled arcs [dependent, arc], −∞ for what is none, shape (batch, n, (n + 1) · relation); the id of an
        arc is head · relation + its relation
    weights, relations : the score of the best relation, and its id, shape (batch, n, n + 1)
    lengths : shape (batch,)
    best_trees : the decoder of this kind of tree
    """

    scores: np.ndarray
    weights: np.ndarray
    relations: np.ndarray
    lengths: np.ndarray
    best_trees: Callable[[np.ndarray, np.ndarray], np.ndarray]


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


def n_best(f: Parsing, scores: Tensor, k: int) -> NBest:
    """
    The trees by Lawler's partition (1972): the next best one is the best of one of the sets into which those not yet
    found are split, and the best of each set is decoded once. Of equally good trees, those found first come first.

    # Parameters

    f : says which trees there are, and which is the best
    scores : of labelled arcs, shape (batch, n, n + 1, relation); log P(y|x) is their sum, and a constant of the
        sentence. What has at most half of `FORBIDDEN` is no arc, and no tree has it
    """
    if k < 1:
        raise ValueError(f"k is {k}; ask for at least one structure.")
    (heads, relations), size = f.argmax, scores.shape[-1]
    sentences = _sentences(f, scores)
    sets = _all_trees(sentences, (heads if relations is None else heads * size + relations).cpu().numpy(), k)
    for rank in range(k - 1):
        sets = _best_sets(sets, _split(sentences, _Sets(*(array[:, rank] for array in sets)), rank))
    device, values = heads.device, torch.from_numpy(sets.scores)
    arcs = torch.from_numpy(np.where(np.isfinite(sets.scores)[..., None], sets.arcs, 0)).to(device)
    trees = Tree(arcs // size, None if relations is None else arcs % size)
    best = -f.cross_entropy(f.indicator(f.argmax)).detach()
    behind = torch.where(values.isfinite(), values - values[:, :1], values).to(device)
    return NBest(trees, (best.double().unsqueeze(1) + behind).to(best.dtype))


def _sentences(f: Parsing, scores: Tensor) -> _Sentences:
    given, lengths = scores.detach().cpu().double().numpy(), f.lengths.cpu().numpy()
    batch, n, heads, size = given.shape
    word, head, length = np.arange(1, n + 1)[:, None], np.arange(heads), lengths[:, None, None]
    legal = (word <= length) & (head <= length) & (head != word)
    given = np.where(legal[..., None] & (given > FORBIDDEN / 2), given, -np.inf)
    decoder = eisner_decoding if f.support is Support.PROJECTIVE_TREES else arborescence
    flat = given.reshape(batch, n, heads * size)
    return _Sentences(flat, given.max(-1), given.argmax(-1), lengths, decoder.best_trees)


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
    heads = sentences.best_trees(_finite(weights), lengths)
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
