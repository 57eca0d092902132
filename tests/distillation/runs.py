"""Training runs as `allennlp train` does them, from the configurations of this folder."""

import json
import tarfile
from functools import cache
from operator import itemgetter
from pathlib import Path
from typing import Any, Dict, List, Optional

import torch
from allennlp.commands.train import TrainModel, train_model
from allennlp.common import Params
from allennlp.common.params import with_overrides
from allennlp.common.util import prepare_environment
from allennlp.models import Model
from torch import Tensor

import skd_plugin.plugin  # noqa: F401

CONFIGS = Path(__file__).parent / "configs"


def params(config: str, overrides: Dict[str, Any]) -> Params:
    return Params(with_overrides(evaluated(CONFIGS / f"{config}.jsonnet"), json.loads(json.dumps(overrides))))


@cache
def evaluated(path: Path) -> Dict[str, Any]:
    """A configuration as it is, not to be changed. Jsonnet takes longer than a tiny model's epoch."""
    return Params.from_file(path).as_dict(quiet=True)


def taught_by(*teachers: Path, **distiller: Any) -> Dict[str, Any]:
    """Overrides of the configuration `distilled`: the teachers, and options of the distiller."""
    archives = [{"archive": str(teacher)} for teacher in teachers]
    return {"trainer.callbacks": [{"type": "skd_distiller", "teachers": archives, **distiller}]}


def train(
    config: str, directory: Path, overrides: Optional[Dict[str, Any]] = None, recover: bool = False
) -> Optional[Model]:
    """A whole run, which leaves `model.tar.gz` and the metrics in the directory."""
    return train_model(params(config, overrides or {}), directory, recover=recover)


def prepare(config: str, directory: Path, overrides: Optional[Dict[str, Any]] = None) -> TrainModel:
    """A run that has not begun. Its initial weights are the same each time."""
    experiment = params(config, overrides or {})
    prepare_environment(experiment)
    return TrainModel.from_params(experiment, serialization_dir=str(directory), local_rank=0)


def epochs(directory: Path) -> List[Dict[str, Any]]:
    """The metrics of each epoch."""
    metrics = [json.loads(file.read_text()) for file in directory.glob("metrics_epoch_*.json")]
    return sorted(metrics, key=itemgetter("epoch"))


def weights(archive: Path) -> Dict[str, Tensor]:
    with tarfile.open(archive) as files:
        file = files.extractfile("weights.th")
        assert file is not None
        return torch.load(file)


def assert_same_weights(ours: Dict[str, Tensor], theirs: Dict[str, Tensor], tolerance: float = 0.0) -> None:
    assert ours.keys() == theirs.keys()
    for name, values in ours.items():
        torch.testing.assert_close(values, theirs[name], rtol=0, atol=tolerance, msg=f"{name} differs")
