"""The best tree with one root against enumeration and, where there are too many trees, a plain Chu–Liu/Edmonds."""

from typing import List

import numpy as np
import pytest

from skd_plugin.structures.kernels.trees.spanning_tree import best_trees
from tests.structures.oracles.trees import head_assignments, is_tree

DTYPES = [np.float32, np.float64]
WORDS = [1, 2, 3, 4, 5]


def decoded(arcs: np.ndarray) -> np.ndarray:
    """The heads of sentences that have no padding; that each is a tree is checked here."""
    heads = best_trees(arcs, np.full(len(arcs), arcs.shape[1]))
    assert heads.dtype == np.int64 and all(map(is_tree, heads.tolist()))
    return heads


def scores(arcs: np.ndarray, heads: np.ndarray) -> np.ndarray:
    """Σ_i s(h_i → i) in float64, shape (batch,)."""
    return np.take_along_axis(arcs.astype(np.float64), heads[..., None], 2).sum((1, 2))


def normal(seed: int, *shape: int) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=shape)


def whole_numbers(seed: int, *shape: int) -> np.ndarray:
    """Few different values, so that many trees are equally good; and sums are exact."""
    return np.random.default_rng(seed).integers(-2, 3, shape).astype(np.float64)


def best_by_enumeration(arcs: np.ndarray) -> np.ndarray:
    words = np.arange(arcs.shape[1])
    trees = head_assignments(len(words), is_tree)
    return arcs.astype(np.float64)[:, words, trees].sum(2).max(1)


def best_by_edmonds(arcs: np.ndarray) -> float:
    """The best over all choices of the root, whose rivals are forbidden to depend on ROOT."""
    return max(float(scores(arcs[None], forced(arcs, root)[None])[0]) for root in range(len(arcs)))


def forced(arcs: np.ndarray, root: int) -> np.ndarray:
    square = np.vstack([np.zeros(len(arcs) + 1), arcs.astype(np.float64)])
    np.fill_diagonal(square, -np.inf)
    square[np.arange(len(square)) != root + 1, 0] = -np.inf
    return edmonds(square, 0)[1:]


def edmonds(arcs: np.ndarray, root: int) -> np.ndarray:
    """Chu–Liu/Edmonds (McDonald et al. 2005, figure 3), one contraction a call; `arcs` has a row for the root too."""
    heads = arcs.argmax(1)
    heads[root] = root
    cycle = some_cycle(heads, root)
    if not cycle:
        return heads
    outside = [node for node in range(len(arcs)) if node not in cycle]
    entering = arcs[np.ix_(cycle, outside)] - arcs[cycle, heads[cycle]][:, None]
    contracted = np.full((len(outside) + 1, len(outside) + 1), -np.inf)
    contracted[:-1, :-1] = arcs[np.ix_(outside, outside)]
    contracted[:-1, -1] = arcs[np.ix_(outside, cycle)].max(1)
    contracted[-1, :-1] = entering.max(0)
    contracted_heads = edmonds(contracted, outside.index(root))
    for node, head in zip(outside, contracted_heads):
        heads[node] = outside[head] if head < len(outside) else cycle[arcs[node, cycle].argmax()]
    heads[cycle[entering[:, contracted_heads[-1]].argmax()]] = outside[contracted_heads[-1]]
    return heads


def some_cycle(heads: np.ndarray, root: int) -> List[int]:
    for start in range(len(heads)):
        path: List[int] = []
        node = start
        while node != root and node not in path:
            path.append(node)
            node = int(heads[node])
        if node != root:
            return path[path.index(node) :]
    return []


@pytest.mark.parametrize("n", WORDS)
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("root", [0, 1e9, -1e9])
@pytest.mark.parametrize("scale", [0.1, 1, 30, 1e4])
def test_enumeration(n, dtype, root, scale):
    arcs = (scale * normal(n, 200, n, n + 1)).astype(dtype)
    arcs[:, :, 0] += dtype(root)
    tolerance = 1e-14 * np.abs(arcs).max() * n
    np.testing.assert_allclose(scores(arcs, decoded(arcs)), best_by_enumeration(arcs), rtol=0, atol=tolerance)


@pytest.mark.parametrize("n", WORDS)
@pytest.mark.parametrize("forbidden", [0.1, 0.5, 0.9])
@pytest.mark.parametrize("root", [0, 1e9, -1e9])
def test_enumeration_with_ties_and_forbidden_arcs(n, forbidden, root):
    arcs = whole_numbers(n, 400, n, n + 1)
    arcs[np.random.default_rng(n).random(arcs.shape) < forbidden] = -1e9
    arcs[:, :, 0] += root
    np.testing.assert_array_equal(scores(arcs, decoded(arcs)), best_by_enumeration(arcs))


@pytest.mark.parametrize("draw", [normal, whole_numbers])
@pytest.mark.parametrize("dtype", DTYPES)
def test_thirty_words(draw, dtype):
    arcs = draw(7, 5, 30, 31).astype(dtype)
    np.testing.assert_allclose(scores(arcs, decoded(arcs)), [best_by_edmonds(one) for one in arcs], rtol=1e-13)


def test_two_hundred_words():
    arcs = whole_numbers(8, 3, 200, 201) + np.random.default_rng(8).integers(0, 1000, (3, 200, 201))
    dear = np.concatenate([np.zeros((3, 1, 201)), arcs - np.where(np.arange(201) == 0, 1e6, 0)], 1)
    dear[:, np.arange(201), np.arange(201)] = -np.inf
    expected = np.stack([edmonds(one, 0)[1:] for one in dear])
    np.testing.assert_array_equal(scores(arcs, decoded(arcs)), scores(arcs, expected))


@pytest.mark.parametrize("size", range(2, 13))
def test_cycles_of_every_length(size):
    n, word = 12, np.arange(size)
    arcs = whole_numbers(size, 10, n, n + 1)
    arcs[:, word, (word + 1) % size + 1] += 100
    heads = decoded(arcs)
    assert ((heads[:, :size] == (word + 1) % size + 1).sum(1) == size - 1).all(), "the cycle is broken once"
    np.testing.assert_array_equal(scores(arcs, heads), [best_by_edmonds(one) for one in arcs])


@pytest.mark.parametrize("level", [np.maximum, lambda one, other: np.frexp(one ^ other)[1]], ids=["comb", "balanced"])
@pytest.mark.parametrize("noise", [0, 1, 30])
def test_nested_contractions(level, noise):
    """Each word and its neighbor are best for each other, then each pair and the pair beside it, and so on."""
    words = np.arange(16)
    arcs = noise * whole_numbers(9, 10, 16, 17)
    arcs[:, :, 1:] -= 100 * level(words[:, None], words)
    np.testing.assert_array_equal(scores(arcs, decoded(arcs)), [best_by_edmonds(one) for one in arcs])


def test_two_cycles_that_enter_each_other():
    arcs = np.zeros((1, 4, 5))
    arcs[0, [0, 1, 2, 3], [2, 1, 4, 3]] = 10  # 1 ⇄ 2 and 3 ⇄ 4
    arcs[0, [0, 3], [3, 2]] = 9, 8  # 3 → 1 and 2 → 4
    arcs[0, :, 0] = 0, 1, 3, 1
    assert decoded(arcs).tolist() == [[3, 1, 0, 3]]


@pytest.mark.parametrize("peak", [0.0, 1e4, 1e9, 2.0**52, -(2.0**52)])
def test_one_root_however_good_the_others_are(peak):
    """A common shift of the arcs from ROOT changes no decision, not even by rounding."""
    arcs = normal(10, 4, 60, 61)
    arcs[:, :, 0] = np.arange(60) % 7
    expected = decoded(arcs)
    arcs[:, :, 0] += peak
    np.testing.assert_array_equal(decoded(arcs), expected)


@pytest.mark.parametrize("ignored", [0, 1e30, -1e30])
def test_padding_and_own_columns_are_ignored(ignored):
    lengths = np.array([7, 0, 1, 4, 10, 2])
    arcs = normal(12, 6, 10, 11)
    padded = np.where(np.arange(11) == np.arange(1, 11)[:, None], ignored, arcs)
    for b, n in enumerate(lengths):
        padded[b, n:], padded[b, :, n + 1 :] = ignored, ignored
    heads = best_trees(padded, lengths)
    for b, n in enumerate(lengths):
        np.testing.assert_array_equal(heads[b, :n], best_trees(arcs[b : b + 1, :n, : n + 1], np.array([n]))[0])
        assert not heads[b, n:].any()


@pytest.mark.parametrize("shape", [(0, 4), (2, 0), (2, 3)])
def test_nothing_to_decode(shape):
    batch, n = shape
    assert best_trees(np.ones((batch, n, n + 1)), np.zeros(batch, np.int64)).tolist() == np.zeros(shape).tolist()


def test_the_best_head_of_each_word_if_they_are_a_tree():
    arcs, tree = normal(13, 1, 40, 41), np.arange(40)
    arcs[0, tree, tree] += 100
    assert decoded(arcs).tolist() == [tree.tolist()]


@pytest.mark.parametrize("dtype", DTYPES)
def test_the_arguments_are_not_modified(dtype):
    arcs = normal(14, 8, 9, 10).astype(dtype)
    original = arcs.copy()
    decoded(arcs)
    np.testing.assert_array_equal(arcs, original)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_a_tree_even_of_scores_that_are_not_finite(value):
    arcs = normal(15, 20, 9, 10)
    arcs[np.random.default_rng(15).random(arcs.shape) < 0.5] = value
    decoded(arcs)
    decoded(np.full_like(arcs, value))
