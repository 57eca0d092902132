"""An archive's weights into its model: all of them, of the model's sizes, and as precise as they were saved."""

import re
from typing import Dict, Iterator, List

from torch import Tensor, nn

from skd_plugin.archives.screening.errors import NotLoadable

_NAMED = 3


def load_weights(weights: Dict[str, Tensor], model: nn.Module) -> None:
    """Raises `NotLoadable` where names or sizes differ."""
    expected = model.state_dict()
    excused = set(_may_be_missing(model, list(expected)))
    faults = {
        "missing": sorted(expected.keys() - weights.keys() - excused),
        "not in the model": sorted(weights.keys() - expected.keys()),
        "of another size": sorted(
            f"{name} {tuple(weights[name].shape)} for {tuple(value.shape)}"
            for name, value in expected.items()
            if name in weights and weights[name].shape != value.shape
        ),
    }
    if any(faults.values()):
        found = "; ".join(f"{fault}: {_some(names)}" for fault, names in faults.items() if names)
        raise NotLoadable(
            f"The weights do not fit the model that the config describes ({found}). Take config, vocabulary and "
            "weights from the same run, and the version of this plugin that it was trained with."
        )
    for name, value in expected.items():
        # A transformer may have been made in half precision, which copying would keep.
        if name in weights and value.is_floating_point() and weights[name].is_floating_point():
            _at(model, name).data = value.to(weights[name].dtype)
    model.load_state_dict(weights, strict=False)


def _may_be_missing(model: nn.Module, names: List[str]) -> Iterator[str]:
    """Names that AllenNLP's modules excuse, for archives that older versions wrote."""
    for prefix, module in model.named_modules():
        patterns = getattr(type(module), "authorized_missing_keys", None) or []
        inside = [name for name in names if name.startswith(f"{prefix}." if prefix else "")]
        yield from (name for name in inside for pattern in patterns if re.search(pattern, name))


def _at(model: nn.Module, name: str) -> Tensor:
    owner, _, attribute = name.rpartition(".")
    found: Tensor = getattr(model.get_submodule(owner), attribute)
    return found


def _some(names: List[str]) -> str:
    rest = len(names) - _NAMED
    return ", ".join(names[:_NAMED]) + (f" and {rest} more" if rest > 0 else "")
