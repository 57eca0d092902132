"""Means of what distillation measured, over batches of different sizes."""

import pytest
import torch

from skd_plugin.distillation.kd_metrics import KdMetrics
from skd_plugin.structures import MaxEnt

MASK = torch.tensor([[True, True, True], [True, False, False]])


def maxent(*labels):
    scores = torch.nn.functional.one_hot(torch.tensor(labels), 4).double()
    return MaxEnt(scores, MASK, ("O", "U-X", "U-Y", "U-Z"))


def test_means_are_over_sentences_and_words_not_over_batches():
    metrics = KdMetrics()
    student = maxent([0, 1, 2], [3, 0, 0])
    metrics.add_soft(torch.tensor([1.0, 2.0]), maxent([0, 1, 1], [3, 1, 1]).marginals, student)
    metrics.add_hard(torch.tensor([5.0, 9.0]), torch.tensor([True, False]))
    metrics.end_batch()
    metrics.add_soft(torch.tensor([6.0]), student.marginals, student)
    metrics.end_batch()
    assert metrics.get(reset=False) == pytest.approx({"kd_kl": 3.0, "kd_hard_loss": 5.0, "kd_agreement": 7 / 8})


def test_what_was_not_measured_is_not_reported():
    metrics = KdMetrics()
    metrics.add_hard(torch.tensor([5.0]), torch.tensor([False]))
    metrics.end_batch()
    assert metrics.get(reset=True) == {}


def test_reset_forgets():
    metrics = KdMetrics()
    metrics.add_lost_mass(torch.tensor([0.5, 0.25]))
    metrics.end_batch()
    assert metrics.get(reset=True) == {"kd_lost_mass": 0.375}
    assert metrics.get(reset=True) == {}
