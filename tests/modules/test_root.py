"""ROOT stands in front of the words."""

import torch

from skd_plugin.modules import with_root


def test_root_is_the_first_candidate_of_every_sentence():
    root, words = torch.full((4,), 7.0), torch.randn(2, 3, 4)
    candidates = with_root(root, words)
    assert candidates.shape == (2, 4, 4)
    assert candidates[:, 0].eq(7).all() and candidates[:, 1:].equal(words)
