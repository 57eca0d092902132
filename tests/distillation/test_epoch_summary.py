"""The line that is shown after each epoch."""

import time

import pytest

from skd_plugin.distillation.epoch_summary import EpochSummary

METRICS = {
    "training_loss": 12.34567,
    "training_kd_kl": 0.5,
    "training_kd_agreement": 0.923,
    "validation_kd_kl": 0.75,
    "validation_kd_agreement": 0.9,
    "validation_accuracy": 0.8,
    "validation_LAS": 0.7,
    "validation_loss": 3.0,
    "best_validation_LAS": 0.71,
    "best_epoch": 0,
    "teacher_1_validation_LAS": 0.8,
    "teacher_2_validation_LAS": 0.75,
}


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch):
    """`clock(seconds)` lets so much time pass."""
    now = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])

    def advance(seconds: float) -> None:
        now[0] += seconds

    return advance


def test_all_that_a_person_wants_to_see(clock):
    summary = EpochSummary(5, [(-1.0, "loss")])
    clock(40)
    assert summary.line(1, METRICS) == (
        "Epoch 2 of 5: loss 12.35, KL 0.5 (validation 0.75), agreement 92.3% (validation 90.0%), "
        "validation LAS 0.7 (best epoch 1: 0.71, teacher 0.8), 0:02:00 left"
    )
    clock(20)
    assert summary.line(2, METRICS).endswith(", 0:01:00 left")
    assert "left" not in summary.line(4, METRICS)


def test_what_was_not_measured_is_left_out(clock):
    summary = EpochSummary(2, [(-1.0, "loss")])
    assert summary.line(0, {"training_loss": 1.0}) == "Epoch 1 of 2: loss 1, 0:00:00 left"
    assert summary.line(1, {"training_kd_kl": 2.0}) == "Epoch 2 of 2: KL 2"
    assert summary.line(1, {"validation_kd_kl": 2.0}) == "Epoch 2 of 2: KL of validation 2"
    assert summary.line(1, {"validation_loss": 3.0}) == "Epoch 2 of 2: validation loss 3"
