"""Loads an archive's weights into its model: all of them, in the model's sizes and with the precision they have."""

import re
from typing import Dict, Iterator, List

from torch import Tensor, nn

from skd_plugin.archives.screening.errors import NotLoadable

_NAMES_SHOWN = 3


def load_weights(weights: Dict[str, Tensor], model: nn.Module) -> None:
    """Sets the model's weights; raises `NotLoadable` if names or sizes differ."""
    expected = model.state_dict()
    optional = set(_optional_names(model, list(expected)))
    faults = {
        "missing": sorted(expected.keys() - weights.keys() - optional),
        "not in the model": sorted(weights.keys() - expected.keys()),
        "of another size": sorted(
            f"{name} {tuple(weights[name].shape)} for {tuple(value.shape)}"
            for name, value in expected.items()
            if name in weights and weights[name].shape != value.shape
        ),
    }
    if any(faults.values()):
        differences = "; ".join(f"{fault}: {_first_of(names)}" for fault, names in faults.items() if names)
        raise NotLoadable(
            f"The weights do not fit the model that the config describes ({differences}). Take config, vocabulary and "
            "weights from the same run, and the version of this plugin that it was trained with."
        )
    for name, value in expected.items():
        # A transformer may have been built in half precision, and copying weights would keep that.
        if name in weights and value.is_floating_point() and weights[name].is_floating_point():
            _parameter(model, name).data = value.to(weights[name].dtype)
    model.load_state_dict(weights, strict=False)


def _optional_names(model: nn.Module, names: List[str]) -> Iterator[str]:
    """Names that AllenNLP's modules allow to be missing, in archives of older versions."""
    for prefix, module in model.named_modules():
        patterns = getattr(type(module), "authorized_missing_keys", None) or []
        inside = [name for name in names if name.startswith(f"{prefix}." if prefix else "")]
        yield from (name for name in inside for pattern in patterns if re.search(pattern, name))


def _parameter(model: nn.Module, name: str) -> Tensor:
    owner, _, attribute = name.rpartition(".")
    parameter: Tensor = getattr(model.get_submodule(owner), attribute)
    return parameter


def _first_of(names: List[str]) -> str:
    rest = len(names) - _NAMES_SHOWN
    return ", ".join(names[:_NAMES_SHOWN]) + (f" and {rest} more" if rest > 0 else "")
