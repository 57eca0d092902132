"""Training one of the demo's systems with AllenNLP, as `allennlp train demo/TASK/NAME.jsonnet` does."""

import json
import sys
from pathlib import Path
from typing import Any, Dict, List, cast

from allennlp.commands.train import train_model
from allennlp.common import Params, Tqdm
from allennlp.training import GradientDescentTrainer, TrainerCallback

import skd_plugin.plugin  # noqa: F401
from demo.tasks import System, Task

CURVE = "curve.json"


def validation_metric(params: Params) -> str:
    """The metric by which a configuration chooses its best epoch, as the model names it."""
    return cast(str, params["trainer"]["validation_metric"]).lstrip("+")


@TrainerCallback.register("demo_curve")
class CurveRecorder(TrainerCallback):
    """
    Shows a progress bar over epochs, and writes the validation metric of each epoch to a file.

    Registered as a `TrainerCallback` with name "demo_curve".

    # Parameters

    metric : `str`
        The metric's name in the model's results.
    title : `str`
        The metric's name on the progress bar.
    """

    def __init__(self, serialization_dir: str, metric: str, title: str) -> None:
        super().__init__(serialization_dir)
        self._metric = f"validation_{metric}"
        self._title = f"validation {title}"

    def on_start(self, trainer: GradientDescentTrainer, is_primary: bool = True, **kwargs: Any) -> None:
        super().on_start(trainer, is_primary, **kwargs)
        self._curve: List[Dict[str, float]] = []
        self._bar = Tqdm.tqdm(total=trainer._num_epochs, desc=f"{self._title}  0.0", unit=" epochs", disable=False)

    def on_epoch(
        self,
        trainer: GradientDescentTrainer,
        metrics: Dict[str, Any],
        epoch: int,
        is_primary: bool = True,
        **kwargs: Any,
    ) -> None:
        score = metrics[self._metric]
        self._curve.append({"updates": trainer._total_batches_completed, "score": score})
        self._bar.set_description(f"{self._title} {100 * score:4.1f}", refresh=False)
        self._bar.update()

    def on_end(self, *args: Any, **kwargs: Any) -> None:
        self._bar.close()
        Path(self.serialization_dir, CURVE).write_text(json.dumps(self._curve), encoding="utf-8")


def train(task: Task, system: System, directory: Path, seed: int) -> float:
    """The best validation score of a fresh run in `directory`."""
    params = Params.from_file(task.config(system))
    for kind in ("random_seed", "numpy_seed", "pytorch_seed"):
        params[kind] = seed
    metric = validation_metric(params)
    # `params["trainer"]` would return copies of its lists.
    callbacks = params.params["trainer"].setdefault("callbacks", [])
    callbacks.append({"type": "demo_curve", "metric": metric, "title": task.metric})
    train_model(params, directory, file_friendly_logging=not sys.stderr.isatty())
    metrics = json.loads((directory / "metrics.json").read_text(encoding="utf-8"))
    return cast(float, metrics[f"best_validation_{metric}"])
