"""The metrics of distillation are means over batches of different sizes."""

import pytest
import torch

from skd_plugin.distillation.metrics import KdMetrics


def test_means_are_over_values_not_over_batches():
    metrics = KdMetrics()
    metrics.add("kd_kl", torch.tensor([1.0, 2.0]))
    metrics.add("kd_agreement", torch.tensor([True, True, False, True]))
    metrics.add("kd_hard_loss", torch.tensor([5.0]))
    metrics.end_batch()
    metrics.add("kd_kl", torch.tensor([6.0]))
    metrics.add("kd_agreement", torch.tensor([True, True, True, True]))
    metrics.end_batch()
    assert metrics.get(reset=False) == pytest.approx({"kd_kl": 3.0, "kd_hard_loss": 5.0, "kd_agreement": 7 / 8})


def test_what_was_not_measured_is_not_reported():
    metrics = KdMetrics()
    metrics.add("kd_hard_loss", torch.tensor([]))
    metrics.end_batch()
    assert metrics.get(reset=True) == {}


def test_reset_forgets():
    metrics = KdMetrics()
    metrics.add("kd_lost_mass", torch.tensor([0.5, 0.25]))
    metrics.end_batch()
    assert metrics.get(reset=True) == {"kd_lost_mass": 0.375}
    assert metrics.get(reset=True) == {}


def test_an_unknown_name_is_an_error():
    with pytest.raises(ValueError, match="'kd_speed'|not in tuple"):
        KdMetrics().add("kd_speed", torch.tensor([1.0]))
