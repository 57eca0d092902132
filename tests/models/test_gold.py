"""Gold cross-entropy in a batch where some sentences have no gold."""

import torch

from skd_plugin.models import Gold, GoldCrossEntropy
from skd_plugin.structures import LinearChain

LABELS = ("A", "B")


def chain():
    generator = torch.Generator().manual_seed(0)
    potentials = [torch.randn(*shape, generator=generator) for shape in [(2, 3, 2), (2, 2), (2,), (2,)]]
    return LinearChain(*potentials, torch.tensor([[True] * 3, [True, True, False]]), LABELS)


def test_it_is_averaged_over_all_sentences_and_those_without_gold_add_nothing():
    factorization = chain()
    parts = factorization.indicator(torch.tensor([[0, 1, 1], [0, 0, 0]])) * torch.tensor([1.0, 0.0])
    loss = GoldCrossEntropy()(factorization, Gold(parts, torch.tensor([True, False])))
    torch.testing.assert_close(loss, factorization.cross_entropy(parts)[0] / 2)
    assert GoldCrossEntropy().get_metrics(reset=True) == {}
