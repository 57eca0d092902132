"""Learning curves, from the metrics that AllenNLP writes after each epoch of a run."""

import json
import re
from typing import Dict, List, Sequence

from skd_plugin.report.systems import Run

_QUALITIES = ("f1-measure-overall", "LAS", "accuracy")
TITLES = {
    "training_loss": "training loss",
    "validation_loss": "validation loss",
    "training_kd_kl": "KL from the teacher, per sentence",
    "training_kd_agreement": "agreement with the teacher",
    "validation_kd_kl": "KL from the teacher on the validation data",
    **{
        f"validation_{name}": f"validation {name.removesuffix('-overall').replace('-measure', '')}"
        for name in _QUALITIES
    },
}
"""The metrics that are drawn, and what they are called."""

Curves = Dict[str, List[List[float]]]


def curves(runs: Sequence[Run]) -> Curves:
    """By their metrics, one curve for each run that has it: [epoch, value, epoch, value, …] as two lists."""
    result: Curves = {}
    for run in runs:
        epochs = _epochs(run)
        for name in TITLES:
            points = [
                (epoch, metrics[name]) for epoch, metrics in epochs if isinstance(metrics.get(name), (int, float))
            ]
            if len(points) > 1:
                result.setdefault(name, []).append([float(value) for _, value in points])
    return result


def _epochs(run: Run) -> List[tuple]:
    found = []
    for file in run.folder.glob("metrics_epoch_*.json"):
        number = re.fullmatch(r"metrics_epoch_(\d+)\.json", file.name)
        try:
            metrics = json.loads(file.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            continue
        if number is not None and isinstance(metrics, dict):
            found.append((int(number.group(1)), metrics))
    return sorted(found, key=lambda one: one[0])
