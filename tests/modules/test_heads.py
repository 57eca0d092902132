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


def test_factors_give_the_scores():
    torch.manual_seed(0)
    scorer = Biaffine(4, 3, labels=7)
    torch.nn.init.ones_(scorer._scores._bias)
    words, candidates = torch.randn(2, 5, 4), torch.randn(2, 6, 4)
    factors = scorer.factors(words, candidates)
    product = torch.einsum("bid,ldf,bhf->bihl", factors.dependents, factors.weights, factors.heads)
    torch.testing.assert_close(product, scorer(words, candidates))
    product.sum().backward()
    assert all(parameter.grad.any() for parameter in scorer.parameters())


def test_factors_for_prediction_have_the_weights_themselves():
    """So the sentences of all batches that a teacher reads share one tensor."""
    scorer = Biaffine(4, 3, labels=7).eval()
    with torch.no_grad():
        weights = [scorer.factors(torch.randn(2, 5, 4), torch.randn(2, 6, 4)).weights for _ in range(2)]
    assert all(matrix.data_ptr() == scorer._scores._weight_matrix.data_ptr() for matrix in weights)


def test_one_label_has_factors_too():
    factors = Biaffine(4, 3, labels=1).eval().factors(torch.randn(2, 5, 4), torch.randn(2, 6, 4))
    assert factors.weights.shape == (1, 4, 4)
