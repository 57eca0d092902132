"""What a config would train, built as `allennlp train` builds it, in a folder that is thrown away."""

from copy import deepcopy
from typing import Any, Dict, List, NamedTuple, Optional, Tuple

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
    """The config with its overrides. Raises what `allennlp train` raises."""
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
    params = Params(deepcopy({name: value for name, value in config.items() if name not in _NOT_BUILT}))
    prepare_environment(params)
    built = TrainModel.from_params(params=params, serialization_dir=folder, local_rank=0)
    if not isinstance(built.trainer, GradientDescentTrainer):
        raise ConfigurationError(
            f"The trainer is a {type(built.trainer).__name__}, and only a gradient_descent trainer can be looked into."
        )
    return Experiment(built.model, built.trainer)


def build_distiller(options: Dict[str, Any], folder: str) -> Distiller:
    """A distiller from its options. Raises what `allennlp train` raises."""
    callback = TrainerCallback.from_params(Params(deepcopy(options)), serialization_dir=folder)
    assert isinstance(callback, Distiller)
    return callback
