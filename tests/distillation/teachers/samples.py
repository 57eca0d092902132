"""Potentials for three sentences, of any class of factorization."""

import torch

from skd_plugin.distillation.teachers.keys import key
from skd_plugin.structures import ConstrainedChain, MaxEnt

LABELS = ("O", "U-X", "B-X")
SENTENCES = [("Ada",), ("New", "York", "City"), ("a", "b")]


def potentials(kind, sentences=SENTENCES):
    """Random potentials of a chain, or of a MaxEnt, for sentences of at most three words."""
    torch.manual_seed(0)
    mask = torch.arange(3) < torch.tensor([len(words) for words in sentences]).unsqueeze(1)
    scores = torch.randn(len(sentences), 3, 3)
    shared = [] if kind is MaxEnt else [torch.randn(3, 3), torch.randn(3), torch.randn(3)]
    return dict(zip(map(key, sentences), kind(scores, *shared, mask, LABELS).unstack()))


def bounded_chain():
    labels = ("O", "B-X", "I-X", "L-X")
    values = torch.randn(1, 3, 4), torch.randn(4, 4), torch.randn(4), torch.randn(4)
    return ConstrainedChain(*values, torch.ones(1, 3, dtype=torch.bool), labels, max_width=2)


def assert_same(ours, theirs):
    assert ours.keys() == theirs.keys()
    for name, sentence in ours.items():
        other = theirs[name]
        assert type(sentence) is type(other) and sentence.labels == other.labels
        for potential in (*sentence.sentence_potentials, *sentence.shared_potentials, "mask"):
            assert torch.equal(getattr(sentence, potential), getattr(other, potential))
