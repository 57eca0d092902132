"""What a config would train, built as `allennlp train` builds it, in a folder that is thrown away."""

from copy import deepcopy
from pathlib import Path
from typing import Any, Dict, List, NamedTuple, Optional, Tuple

import torch
from allennlp.commands.train import TrainModel
from allennlp.common import Params
from allennlp.common.checks import ConfigurationError
from allennlp.common.util import prepare_environment
from allennlp.data import DataLoader
from allennlp.models import Model
from allennlp.training import GradientDescentTrainer, TrainerCallback

from skd_plugin.compat.continuing import standalone_section
from skd_plugin.distillation import Distiller

DISTILLER = "skd_distiller"
_NOT_BUILT = ("evaluation", "include_in_archive", "distributed")
"""Sections that `allennlp train` takes out of a config before it builds what the rest describes."""


class Experiment(NamedTuple):
    """
    # Parameters

    model : `Model`
        With the weights that it has before training.
    trainer : `GradientDescentTrainer`
        Without distillers.
    """

    model: Model
    trainer: GradientDescentTrainer

    @property
    def training(self) -> DataLoader:
        return self.trainer.data_loader

    @property
    def validation(self) -> Optional[DataLoader]:
        return self.trainer._validation_data_loader


def read_config(path: str, overrides: str) -> Dict[str, Any]:
    """The config with its overrides. Raises `ConfigurationError` if there is none, and what `allennlp train` raises."""
    if "://" not in path and not Path(path).is_file():
        raise ConfigurationError(
            f"There is no config {path}. Name the jsonnet file that `allennlp train` is going to be given. The path is "
            f"relative to the folder in which the command runs: {Path.cwd()}."
        )
    config: Dict[str, Any] = Params.from_file(path, overrides).as_dict(quiet=True)
    return config


def split_config(config: Dict[str, Any]) -> Tuple[Dict[str, Any], List[Dict[str, Any]]]:
    """The config without its distillers, and the options of each of these."""
    alone = deepcopy(config)
    trainer = alone.get("trainer")
    if not isinstance(trainer, dict) or not isinstance(trainer.get("callbacks"), list):
        return alone, []
    callbacks = trainer["callbacks"]
    distillers = [one for one in callbacks if isinstance(one, dict) and one.get("type") == DISTILLER]
    trainer["callbacks"] = [one for one in callbacks if one not in distillers]
    return alone, distillers


def build(config: Dict[str, Any], folder: str) -> Experiment:
    """
    What a config without distillers describes. Raises what `allennlp train` raises.

    # Parameters

    config : `Dict[str, Any]`
    folder : `str`
        An empty folder, which takes the place of that of the run.
    """
    standalone_section(config.get("model"))
    _check_device(config.get("trainer"))
    params = Params(deepcopy({name: value for name, value in config.items() if name not in _NOT_BUILT}))
    prepare_environment(params)
    built = TrainModel.from_params(params=params, serialization_dir=folder, local_rank=0)
    if not isinstance(built.trainer, GradientDescentTrainer):
        raise ConfigurationError(
            f"The trainer is a {type(built.trainer).__name__}, and only a gradient_descent trainer can be looked into."
        )
    return Experiment(built.model, built.trainer)


def _check_device(trainer: Any) -> None:
    device = trainer.get("cuda_device") if isinstance(trainer, dict) else None
    if isinstance(device, int) and device >= torch.cuda.device_count():
        raise ConfigurationError(
            f"trainer.cuda_device is {device}, and PyTorch finds {torch.cuda.device_count()} GPUs, which count from 0. "
            "Leave it out, and the first GPU is taken if there is one, or set it to -1 for the processor."
        )


def build_distiller(options: Dict[str, Any], folder: str) -> Distiller:
    """A distiller from its options. Raises what `allennlp train` raises."""
    callback = TrainerCallback.from_params(Params(deepcopy(options)), serialization_dir=folder)
    assert isinstance(callback, Distiller)
    return callback
