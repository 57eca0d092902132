"""Scores of spans by their formula, computed at once and block by block."""

import pytest
import torch
from allennlp.common.checks import ConfigurationError

from skd_plugin.modules import SpanBiaffine


def scorer(types: int = 3, max_width=None, dropout: float = 0.0) -> SpanBiaffine:
    """A scorer with the same weights at every call."""
    torch.manual_seed(0)
    return SpanBiaffine(4, 5, types, max_width, dropout).eval()


@pytest.mark.parametrize("types", [1, 3])
def test_scores_by_the_formula(types):
    module, words = scorer(types), torch.randn(2, 6, 4)
    scores = module(words)
    assert scores.shape == (2, 6, 6, types)
    matrices = module._scores._weight_matrix.view(types, 6, 6)
    one = torch.ones(1)
    for b, i, j, kind in [(0, 0, 0, 0), (1, 2, 5, types - 1), (0, 1, 3, types - 1), (1, 5, 5, 0)]:
        first = torch.cat([module._first(words)[b, i], one])
        last = torch.cat([module._last(words)[b, j], one])
        expected = (first @ matrices[kind] @ last + module._scores._bias).squeeze()
        torch.testing.assert_close(scores[b, i, j - i, kind], expected)


@pytest.mark.parametrize("n, max_width", [(300, 7), (256, 128), (300, 200), (130, 1), (5, 3)])
def test_blocks_give_what_one_product_gives(n, max_width):
    words = torch.randn(2, n, 4, requires_grad=True)
    whole, narrow = scorer()(words), scorer(max_width=max_width)(words)
    assert narrow.shape == (2, n, max_width, 3)
    exist = torch.arange(n).unsqueeze(1) + torch.arange(max_width) < n
    weights = torch.randn(2, n, max_width, 3) * exist.unsqueeze(-1)
    torch.testing.assert_close(narrow * exist.unsqueeze(-1), whole[:, :, :max_width] * exist.unsqueeze(-1))
    gradients = [torch.autograd.grad((s[:, :, :max_width] * weights).sum(), words)[0] for s in (whole, narrow)]
    torch.testing.assert_close(*gradients, rtol=1e-4, atol=1e-5)


def test_no_more_widths_than_words():
    assert scorer(max_width=9)(torch.randn(2, 4, 4)).shape == (2, 4, 4, 3)
    assert scorer(max_width=9)(torch.randn(2, 1, 4)).shape == (2, 1, 1, 3)


def test_what_would_end_after_the_last_word_is_finite():
    assert scorer(max_width=6)(torch.randn(1, 140, 4)).isfinite().all()


@pytest.mark.slow
def test_a_hundred_thousand_words():
    """The scores of all their spans would take 120 GB."""
    words = torch.randn(1, 100_000, 4, requires_grad=True)
    scores = scorer(max_width=10)(words)
    assert scores.shape == (1, 100_000, 10, 3)
    scores.sum().backward()
    assert words.grad.isfinite().all()


def test_the_features_dropped_are_the_same_in_all_blocks():
    module = scorer(max_width=2, dropout=0.5).train()
    scores = module(torch.ones(1, 300, 4))
    torch.testing.assert_close(scores[:, :299], scores[:, :1].expand(-1, 299, -1, -1))


@pytest.mark.parametrize("max_width", [0, -3])
def test_a_maximal_width_without_words_is_refused(max_width):
    with pytest.raises(ConfigurationError, match=f"`max_width` is {max_width}, expected .* from 1 on, or null"):
        scorer(max_width=max_width)
