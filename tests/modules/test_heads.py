"""Biaffine scores by their formula, and ROOT in front of the words."""

import torch

from skd_plugin.modules import Biaffine, with_root


def test_root_is_the_first_candidate_of_every_sentence():
    root, words = torch.full((4,), 7.0), torch.randn(2, 3, 4)
    candidates = with_root(root, words)
    assert candidates.shape == (2, 4, 4)
    assert candidates[:, 0].eq(7).all() and candidates[:, 1:].equal(words)


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
