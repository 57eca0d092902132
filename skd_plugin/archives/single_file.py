"""A saved model as one safetensors file: the weights as tensors, configuration and vocabulary as its metadata."""

import json
import os
from pathlib import Path
from typing import Any, Dict

import torch
from safetensors import SafetensorError
from safetensors.torch import load, save

from skd_plugin.archives.config_sections import kept_sections
from skd_plugin.archives.not_loadable import NotLoadable
from skd_plugin.archives.saved import Saved

FORMAT = "skd_plugin model 1"


def to_bytes(saved: Saved) -> bytes:
    """One safetensors file."""
    # Weights that two modules share are stored twice: the format has no links.
    weights = {name: value.clone(memory_format=torch.contiguous_format) for name, value in saved.weights.items()}
    texts = {"config": json.dumps(saved.config), "vocabulary": json.dumps(saved.vocabulary)}
    return save(weights, {"format": FORMAT, **texts})


def from_bytes(data: bytes) -> Saved:
    """The model of `to_bytes`; anything else is refused with `NotLoadable`."""
    return _parsed(data, "This")


def write(saved: Saved, path: Path) -> None:
    """Writes through a second file, so that an interruption leaves the old one whole."""
    path = Path(path)
    unfinished = path.with_name(f"{path.name}.{os.getpid()}.unfinished")
    try:
        unfinished.write_bytes(to_bytes(saved))
        os.replace(unfinished, path)
    finally:
        unfinished.unlink(missing_ok=True)


def read_file(path: Path) -> Saved:
    """The model that `write` has written at `path`."""
    try:
        data = Path(path).read_bytes()
    except OSError as error:
        raise NotLoadable(
            f"{path} cannot be read ({error}), expected a file that `archives.write` has made."
        ) from error
    return _parsed(data, str(path))


def _parsed(data: bytes, source: str) -> Saved:
    try:
        weights = load(data)
        metadata = _metadata(data)
    except (SafetensorError, ValueError, RecursionError) as error:
        raise NotLoadable(
            f"{source} is no model in a single file ({type(error).__name__}: {error}), expected the safetensors file "
            "that `archives.write` makes. For a model.tar.gz use `archives.read`."
        ) from error
    if metadata.get("format") != FORMAT:
        raise NotLoadable(
            f"{source} has the format {metadata.get('format')!r}, expected {FORMAT!r}. Install the version of "
            "skd_plugin that wrote it, or make the file again from its model.tar.gz."
        )
    config, vocabulary = (_json(metadata, name, source) for name in ("config", "vocabulary"))
    if not isinstance(vocabulary, dict) or not all(isinstance(text, str) for text in vocabulary.values()):
        raise NotLoadable(f"The vocabulary of {source} is not what `archives.write` makes, texts by their names.")
    return Saved(kept_sections(config, source), vocabulary, weights)


def _metadata(data: bytes) -> Dict[str, str]:
    """What safetensors keeps beside the tensors: the file begins with the length of its header, which is JSON."""
    length = int.from_bytes(data[:8], "little")
    found: Dict[str, str] = json.loads(data[8 : 8 + length]).get("__metadata__") or {}
    return found


def _json(metadata: Dict[str, str], name: str, source: str) -> Any:
    try:
        return json.loads(metadata.get(name, ""))
    except (ValueError, RecursionError) as error:
        raise NotLoadable(
            f"The {name} of {source} is not JSON ({error}), expected what `archives.write` makes. Make the file again."
        ) from error
