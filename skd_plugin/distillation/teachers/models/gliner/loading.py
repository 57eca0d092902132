"""Loads a GLiNER from its files."""

from pathlib import Path
from typing import Any, Set

import torch
from allennlp.common.checks import ConfigurationError
from safetensors import safe_open

from skd_plugin.distillation.teachers.models.gliner.files import GlinerFiles


def load_gliner(files: GlinerFiles, name: str, device: torch.device) -> Any:
    """The model of the package `gliner`, in evaluation mode. Raises `ConfigurationError`."""
    # Late, because it takes seconds, and few have it.
    from gliner import GLiNER

    try:
        # From these files alone. Weights in `pytorch_model.bin` are read with `weights_only`.
        gliner = GLiNER.from_pretrained(str(files.folder), local_files_only=True, map_location=str(device))
        saved = _names_of_weights(files.weights)
    except Exception as error:  # gliner and transformers raise what they like
        reason = " ".join(f"{type(error).__name__}: {error}".split())
        raise ConfigurationError(
            f"The GLiNER {name} cannot be loaded ({reason}). Expected a model that the installed versions of gliner "
            "and transformers can load. If it needs another package, install that."
        ) from error
    missing = [weight for weight in gliner.model.state_dict() if weight not in saved]
    if missing:
        # GLiNER would go on with random ones.
        raise ConfigurationError(
            f"The GLiNER {name} lacks {len(missing)} of its weights in {files.weights.name}, {missing[0]} for example. "
            "Copy or download its files again, or give another model."
        )
    return gliner


def _names_of_weights(file: Path) -> Set[str]:
    if file.suffix == ".safetensors":
        with safe_open(file, "pt") as weights:
            # Weights that are shared are saved once; the metadata have the other names.
            return {*weights.keys(), *(weights.metadata() or {})}
    return set(torch.load(file, map_location="meta", weights_only=True))
