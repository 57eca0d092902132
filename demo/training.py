"""Training one of the demo's three systems with AllenNLP, as `allennlp train demo/NAME.jsonnet` does."""

import json
import sys
from pathlib import Path
from typing import Any, Dict, List, NamedTuple, cast

from allennlp.commands.train import train_model
from allennlp.common import Params, Tqdm
from allennlp.training import GradientDescentTrainer, TrainerCallback

import skd_plugin.plugin  # noqa: F401

F1 = "validation_f1-measure-overall"
CURVE = "curve.json"


class System(NamedTuple):
    """A configuration in this folder, and how the demo speaks of it."""

    name: str
    title: str
    what: str

    @property
    def config(self) -> Path:
        return Path(__file__).with_name(f"{self.name}.jsonnet")


SYSTEMS = (
    System("teacher", "teacher", "a BiLSTM-CRF over words and characters"),
    System("student", "student alone", "a softmax over a narrow convolution of word vectors"),
    System("distilled", "distilled student", "the same, taught by the teacher on text without labels"),
)


@TrainerCallback.register("demo_curve")
class CurveRecorder(TrainerCallback):
    """
    Shows a progress bar over epochs, and writes validation F1 after each of them to a file.

    Registered as a `TrainerCallback` with name "demo_curve".
    """

    def on_start(self, trainer: GradientDescentTrainer, is_primary: bool = True, **kwargs: Any) -> None:
        super().on_start(trainer, is_primary, **kwargs)
        self._curve: List[Dict[str, float]] = []
        self._bar = Tqdm.tqdm(total=trainer._num_epochs, desc="validation F1  0.0", unit=" epochs", disable=False)

    def on_epoch(
        self,
        trainer: GradientDescentTrainer,
        metrics: Dict[str, Any],
        epoch: int,
        is_primary: bool = True,
        **kwargs: Any,
    ) -> None:
        self._curve.append({"updates": trainer._total_batches_completed, "f1": metrics[F1]})
        self._bar.set_description(f"validation F1 {100 * metrics[F1]:4.1f}", refresh=False)
        self._bar.update()

    def on_end(self, *args: Any, **kwargs: Any) -> None:
        self._bar.close()
        Path(self.serialization_dir, CURVE).write_text(json.dumps(self._curve), encoding="utf-8")


def train(system: System, directory: Path, seed: int) -> float:
    """The best validation F1 of a fresh run in `directory`."""
    params = Params.from_file(system.config)
    for kind in ("random_seed", "numpy_seed", "pytorch_seed"):
        params[kind] = seed
    # Not by params["trainer"], which hands out copies of lists.
    params.params["trainer"].setdefault("callbacks", []).append("demo_curve")
    train_model(params, directory, file_friendly_logging=not sys.stderr.isatty())
    metrics = json.loads((directory / "metrics.json").read_text(encoding="utf-8"))
    return cast(float, metrics[f"best_{F1}"])
