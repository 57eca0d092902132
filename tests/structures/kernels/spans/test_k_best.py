"""Decoding of flat spans, the best set and the k best, against enumeration."""

from typing import List, Sequence, Tuple

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from skd_plugin.structures.kernels.spans.k_best import best_spans, k_best_spans
from tests.structures.oracles.spans import flat_sets
from tests.structures.samples.strategies import deterministic, scales, seeds

Span = Tuple[int, int, int]

sentence_lengths = st.lists(st.integers(0, 4), min_size=1, max_size=3)
widths = st.integers(1, 6)
sizes = st.integers(1, 2)


def sample(lengths: List[int], width: int, size: int, seed: int = 0, scale: float = 1.0) -> Tuple[Tensor, Tensor]:
    """Random scores, with high ones for spans that would end beyond the sentence."""
    noise = np.random.default_rng(seed).standard_normal((len(lengths), max(lengths), width, size))
    _, i, w, _ = np.indices(noise.shape)
    beyond = i + w >= np.array(lengths).reshape(-1, 1, 1, 1)
    return torch.from_numpy(np.where(beyond, 1e9, noise * scale)), torch.tensor(lengths)


def spans_of(segments: Sequence[Tensor], *index: int) -> Tuple[Span, ...]:
    """First word, width − 1 and type of each span of one set; there is nothing else in it."""
    widths, types = (part[index] for part in segments)
    assert widths.dtype == types.dtype == torch.int64
    assert not types[widths == 0].any()
    first = widths.nonzero().flatten()
    return tuple(zip(first.tolist(), (widths[first] - 1).tolist(), types[first].tolist()))


def is_flat(spans: Tuple[Span, ...], n: int) -> bool:
    ends = [0, *(i + w + 1 for i, w, _ in spans)]
    return all(end <= i for end, (i, _, _) in zip(ends, spans)) and ends[-1] <= n


def score(scores: Tensor, spans: Tuple[Span, ...]) -> float:
    return sum(float(scores[span]) for span in spans)


def all_scores(scores: Tensor) -> List[float]:
    return sorted(np.tensordot(flat_sets(*scores.shape), scores.double().numpy(), 3), reverse=True)


def check(scores: Tensor, lengths: Tensor, k: int) -> None:
    """`k_best_spans` gives distinct sets, their scores, and those are the highest that there are."""
    *segments, values = k_best_spans(scores, lengths, k)
    assert values.dtype == torch.float64 and values.shape == (len(scores), k)
    for b, n in enumerate(lengths.tolist()):
        exact = all_scores(scores[b, :n])[:k]
        ranked = [spans_of(segments, b, rank) for rank in range(k)]
        assert len(set(ranked[: len(exact)])) == len(exact)
        assert all(is_flat(spans, n) for spans in ranked)
        assert not any(ranked[len(exact) :])
        np.testing.assert_allclose(values[b, : len(exact)], exact, rtol=1e-12, atol=1e-12)
        assert values[b, len(exact) :].tolist() == [-np.inf] * (k - len(exact))
        for spans, value in zip(ranked, values[b, : len(exact)]):
            np.testing.assert_allclose(score(scores[b].double(), spans), value, rtol=1e-12, atol=1e-12)


@deterministic
@given(sentence_lengths, widths, sizes, seeds, scales, st.sampled_from([torch.float32, torch.float64]))
def test_enumeration(lengths, width, size, seed, scale, dtype):
    scores, lengths = sample(lengths, width, size, seed, scale)
    for k in (1, 3, 40):
        check(scores.to(dtype), lengths, k)


@pytest.mark.parametrize("n", [2, 3, 4])
def test_among_equally_good_sets_the_best_has_the_fewest_spans(n):
    scores, lengths = sample([n] * 100, width=4, size=2, seed=n, scale=3.0)
    scores = scores.clamp(-1, 3).round()
    check(scores, lengths, 12)
    best, sets = best_spans(scores, lengths), flat_sets(n, 4, 2)
    for b in range(100):
        totals, counts = np.tensordot(sets, scores[b].numpy(), 3), sets.sum((1, 2, 3))
        assert len(spans_of(best, b)) == counts[totals == totals.max()].min()


@deterministic
@given(sentence_lengths, widths, sizes, seeds, st.booleans(), st.integers(1, 9))
def test_the_first_is_the_best(lengths, width, size, seed, with_ties, k):
    scores, lengths = sample(lengths, width, size, seed)
    scores = scores.round() if with_ties else scores
    *ranked, _ = k_best_spans(scores, lengths, k)
    for best, first in zip(best_spans(scores, lengths), ranked):
        assert best.equal(first[:, 0])


def test_200_words():
    scores, lengths = sample([200, 150], width=200, size=4, seed=1)
    *segments, values = k_best_spans(scores, lengths, 10)
    best = best_spans(scores, lengths)
    for b, n in enumerate(lengths.tolist()):
        ranked = [spans_of(segments, b, rank) for rank in range(10)]
        assert len(set(ranked)) == 10 and ranked[0] == spans_of(best, b)
        assert all(is_flat(spans, n) for spans in ranked)
        np.testing.assert_allclose(values[b], [score(scores[b], spans) for spans in ranked], rtol=1e-12)
        assert (values[b].diff() <= 0).all()


def test_200_words_one_by_one():
    """If spans have one word, other sets change single words of the best set, at the cost of sums of small losses."""
    scores, lengths = sample([200], width=1, size=1, seed=2)
    *_, values = k_best_spans(scores, lengths, 5)
    losses = scores.abs().flatten().sort().values[:5].tolist()
    sums = sorted(sum(x for x, taken in zip(losses, np.binary_repr(c, 5)) if taken == "1") for c in range(32))
    np.testing.assert_allclose(values[0, 0] - values[0], sums[:5], atol=1e-10)


def test_only_spans_with_a_positive_score_are_chosen():
    scores = torch.full((1, 3, 3, 2), -1e9)
    assert spans_of(best_spans(scores, torch.tensor([3])), 0) == ()
    scores[0, 1, 0, 1] = 0
    assert spans_of(best_spans(scores, torch.tensor([3])), 0) == ()
    scores[0, 1, 0, 1] = 1e-6
    assert spans_of(best_spans(scores, torch.tensor([3])), 0) == ((1, 0, 1),)


def test_sentences_without_words_have_one_set():
    *segments, values = k_best_spans(torch.ones(2, 0, 3, 2), torch.tensor([0, 0]), 2)
    assert values.tolist() == [[0, -np.inf]] * 2
    assert all(part.shape == (2, 2, 0) for part in segments)
    assert all(part.shape == (2, 0) for part in best_spans(torch.ones(2, 0, 3, 2), torch.tensor([0, 0])))


def test_scores_may_require_gradients_and_be_a_view():
    scores, lengths = sample([5, 3], width=4, size=2, seed=3)
    view = scores.permute(3, 2, 1, 0).contiguous().permute(3, 2, 1, 0).requires_grad_()
    for one, other in zip(best_spans(view, lengths), best_spans(scores, lengths)):
        assert one.equal(other)


@pytest.mark.parametrize("k", [0, -1])
def test_at_least_one(k):
    with pytest.raises(ValueError, match=f"k is {k}; ask for at least one structure."):
        k_best_spans(torch.zeros(1, 2, 2, 1), torch.tensor([2]), k)
