"""Trilinear scores by their formula, and their symmetry."""

import torch

from skd_plugin.modules import Trilinear


def scorer(**parameters):
    torch.manual_seed(0)
    made = Trilinear(4, 3, **parameters).eval()
    torch.nn.init.normal_(made._weights)
    return made


def test_scores_by_the_formula():
    made, (a, b, c) = scorer(), (torch.randn(2, n, 4) for n in (5, 6, 7))
    scores = made(a, b, c)
    views = made._first(a) * made._weights, made._second(b), made._third(c)
    torch.testing.assert_close(scores, torch.einsum("bir,bhr,bkr->bihk", *views))


def test_symmetric_in_the_outer_words():
    words, heads = torch.randn(2, 5, 4), torch.randn(2, 6, 4)
    scores = scorer(symmetric=True)(words, heads, words)
    torch.testing.assert_close(scores, scores.transpose(1, 3))
    scores = scorer()(words, heads, words)
    assert not torch.allclose(scores, scores.transpose(1, 3))


def test_nothing_before_training():
    assert not Trilinear(4, 3)(*(torch.randn(2, 5, 4) for _ in range(3))).any()
