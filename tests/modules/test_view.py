"""A view drops features at all words of a sentence, and only in training."""

import torch

from skd_plugin.modules import View


def test_dropout_is_the_same_at_all_words():
    torch.manual_seed(0)
    view, words = View(4, 50, dropout=0.5), torch.randn(1, 6, 4)
    dropped = view(words) == 0
    assert 0 < dropped.float().mean() < 1
    assert dropped.equal(dropped[:, :1].expand_as(dropped))
    assert not (view.eval()(words) == 0).any()
