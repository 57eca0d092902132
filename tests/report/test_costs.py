"""What a run has cost, from what AllenNLP writes."""

from pathlib import Path

import pytest

from skd_plugin.report.costs import _seconds, _steps, cost, metrics_of
from skd_plugin.report.curves import curves
from skd_plugin.report.systems import find_systems


@pytest.mark.parametrize(
    ("duration", "seconds"),
    [("0:01:58.725811", 118.725811), ("1 day, 2:00:03", 93603), ("2 days, 0:00:00.5", 172800.5), (None, None)],
)
def test_durations(duration, seconds):
    assert _seconds(duration) == seconds


@pytest.mark.parametrize(
    ("config", "steps"),
    [
        ({"data_loader": {"batch_size": 4}}, 2 * 3),
        ({"data_loader": {"batch_sampler": {"type": "bucket", "batch_size": 5}}}, 2 * 2),
        ({"data_loader": {"batch_size": 4, "batches_per_epoch": 7}}, 2 * 7),
        ({"data_loader": {"batch_size": 4}, "trainer": {"num_gradient_accumulation_steps": 2}}, 2 * 2),
        ({"data_loader": {"batch_sampler": {"type": "max_tokens_sampler"}}}, None),
    ],
)
def test_steps(config, steps):
    assert _steps(config, sentences=10, epochs=2) == steps


def test_a_run_without_metrics_says_little(runs: Path, tmp_path: Path):
    archive = tmp_path / "model.tar.gz"
    archive.write_bytes((runs / "alone_1" / "model.tar.gz").read_bytes())
    [run] = find_systems([str(archive)]).runs
    assert metrics_of(run) == {} and curves([run]) == {}
    found = cost(run, run.load(), None)
    assert (found.seconds, found.epochs, found.steps) == (None, None, None)
    assert found.parameters > 0 and found.megabytes == pytest.approx(archive.stat().st_size / 1e6)
