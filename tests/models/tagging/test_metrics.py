"""Which metrics there are, and that nothing is reported of nothing."""

import torch

from skd_plugin.models.tagging.metrics import TaggingMetrics

SCORES = ("precision", "recall", "f1-measure")


def test_nothing_is_reported_before_anything_was_scored():
    metrics = TaggingMetrics(("O", "U-PER"))
    assert metrics.get(reset=False) == {}
    tags = torch.tensor([[1, 0]])
    metrics(tags, tags, torch.zeros(1, 2, dtype=torch.bool))
    assert metrics.get(reset=False) == {}


def test_entity_labels_have_span_f1_beside_accuracy():
    metrics = TaggingMetrics(("O", "U-PER"))
    metrics(torch.tensor([[1, 0, 1]]), torch.tensor([[1, 0, 0]]), torch.tensor([[True, True, False]]))
    overall = {"accuracy": 1.0, **{f"{name}-overall": 1.0 for name in SCORES}}
    assert metrics.get(reset=False) == overall
    assert metrics.get(reset=True) == {**overall, **{f"{name}-PER": 1.0 for name in SCORES}}
    assert metrics.get(reset=True) == {}


def test_plain_labels_have_accuracy_alone():
    metrics = TaggingMetrics(("NOUN", "VERB"))
    metrics(torch.tensor([[1, 0]]), torch.tensor([[1, 1]]), torch.tensor([[True, True]]))
    assert metrics.get(reset=False) == {"accuracy": 0.5}
