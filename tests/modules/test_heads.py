"""Biaffine scores by their formula."""

import torch

from skd_plugin.modules import Biaffine


def test_scores_by_the_formula():
    torch.manual_seed(0)
    scorer = Biaffine(4, 3).eval()
    words, candidates = torch.randn(2, 5, 4), torch.randn(2, 6, 4)
    scores = scorer(words, candidates)
    assert scores.shape == (2, 5, 6)
    matrix = scorer._scores._weight_matrix.squeeze(0)
    one = torch.ones(1)
    for b, i, h in [(0, 0, 0), (1, 4, 5), (0, 2, 3)]:
        dependent = torch.cat([scorer._dependents(words)[b, i], one])
        head = torch.cat([scorer._heads(candidates)[b, h], one])
        torch.testing.assert_close(scores[b, i, h], (dependent @ matrix @ head + scorer._scores._bias).squeeze())


def test_several_labels_have_the_last_axis():
    assert Biaffine(4, 3, labels=7).eval()(torch.randn(2, 5, 4), torch.randn(2, 6, 4)).shape == (2, 5, 6, 7)
