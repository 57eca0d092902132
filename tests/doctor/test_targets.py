"""The soft targets of all teachers together."""

from pathlib import Path
from typing import Any

from skd_plugin.doctor import targets as targets_module
from skd_plugin.doctor.data import read_data
from skd_plugin.doctor.experiment import Experiment
from skd_plugin.doctor.targets import targets
from tests.doctor import distiller_of, texts


def test_soft_targets_and_the_memory_that_they_take(
    config, student: Experiment, teacher: Path, tmp_path: Path, monkeypatch
):
    data = read_data(config)

    def found(**options: Any):
        distiller = distiller_of(tmp_path, teachers=[{"archive": str(teacher)}], **options)
        readings = [one.without_store() for one in distiller.settings.teachers]
        for reading in readings:
            reading.open(student.trainer.cuda_device)
        return texts(targets(distiller, readings, student, data))

    assert found().startswith("ok: The soft targets of all sentences take about ")
    cools = {"type": "linear", "start": 2.0, "end": 1.0}
    assert "computed in each batch" in found(temperature=cools)
    without_text = data._replace(text=type(data.text)(of_entities=True))
    monkeypatch.setattr(targets_module, "MAX_BYTES", 10_000)
    assert "note: The soft targets of all sentences would take about" in found()
    data = without_text
    assert "warning: The interpolation λ is 0 all the time" in found(interpolation=0.0)
