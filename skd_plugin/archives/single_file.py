"""
A saved model as one safetensors file: weights and files as tensors, config and vocabulary as metadata.

spaCy's own `util.to_disk` and `to_bytes` do not replace it: they write file by file, so that an interruption leaves old
and new files mixed, and they skip silently what is missing.
"""

import json
import os
from pathlib import Path
from typing import Any, Dict, Iterator, Tuple

import numpy as np
import torch
from safetensors import SafetensorError
from safetensors.torch import load, save
from torch import Tensor

from skd_plugin.archives.pretrained.files import Files
from skd_plugin.archives.saved import SavedModel
from skd_plugin.archives.screening.config import needed_sections
from skd_plugin.archives.screening.errors import NotLoadable
from skd_plugin.archives.screening.limits import TooLarge, read_file_into_memory
from skd_plugin.compat.whole_files import whole_file

FORMAT = "skd_plugin model 1"
TRANSFORMERS = "transformers/"
"""Prefix of tensors that are not weights but the bytes of a file, named `transformers/FILE/TRANSFORMER`."""


def to_bytes(saved: SavedModel) -> bytes:
    """The content of a safetensors file."""
    # Weights that two modules share are stored twice: the format has no links.
    weights = {name: value.clone(memory_format=torch.contiguous_format) for name, value in saved.weights.items()}
    texts = {"config": json.dumps(saved.config), "vocabulary": json.dumps(saved.vocabulary)}
    return save({**weights, **dict(_tensors(saved.transformers))}, {"format": FORMAT, **texts})


def from_bytes(data: bytes) -> SavedModel:
    """The model that `to_bytes` has saved; raises `NotLoadable` for anything else."""
    return _parse(data, "This")


def write(saved: SavedModel, path: Path) -> None:
    """Writes a second file and moves it into place, so that an interruption leaves the old file whole."""
    with whole_file(path, writer=str(os.getpid())) as unfinished:
        Path(unfinished).write_bytes(to_bytes(saved))


def read_file(path: Path) -> SavedModel:
    """The model that `write` has written at `path`."""
    try:
        data = read_file_into_memory(Path(path))
    except (OSError, TooLarge) as error:
        raise NotLoadable(
            f"{path} cannot be read ({error}), expected a file that `archives.write` has made."
        ) from error
    return _parse(data, str(path))


def _parse(data: bytes, source: str) -> SavedModel:
    try:
        tensors = load(data)
        metadata = _metadata(data)
    except (SafetensorError, ValueError, RecursionError) as error:
        raise NotLoadable(
            f"{source} is not a model in a single file ({type(error).__name__}: {error}), expected the "
            "safetensors file that `archives.write` makes. For a model.tar.gz use `archives.read`."
        ) from error
    if metadata.get("format") != FORMAT:
        raise NotLoadable(
            f"{source} has the format {metadata.get('format')!r}, expected {FORMAT!r}. Install the version of "
            "skd_plugin that wrote it, or write the file again from its model.tar.gz."
        )
    config, vocabulary = (_parse_json(metadata, name, source) for name in ("config", "vocabulary"))
    if not isinstance(vocabulary, dict) or not all(isinstance(text, str) for text in vocabulary.values()):
        raise NotLoadable(f"The vocabulary of {source} is not what `archives.write` makes, a text for each name.")
    weights = {name: value for name, value in tensors.items() if not name.startswith(TRANSFORMERS)}
    transformers = _files({name: value for name, value in tensors.items() if name not in weights}, source)
    return SavedModel(needed_sections(config, source), vocabulary, weights, transformers)


def _tensors(transformers: Dict[str, Files]) -> Iterator[Tuple[str, Tensor]]:
    for transformer, files in transformers.items():
        for file, content in files.items():
            yield f"{TRANSFORMERS}{file}/{transformer}", torch.tensor(np.frombuffer(content, np.uint8))


def _files(tensors: Dict[str, Tensor], source: str) -> Dict[str, Files]:
    transformers: Dict[str, Files] = {}
    for name, content in tensors.items():
        file, _, transformer = name.removeprefix(TRANSFORMERS).partition("/")
        if content.dtype != torch.uint8 or content.dim() != 1:
            raise NotLoadable(
                f"The {file!r} of a transformer in {source} is not what `archives.write` makes, a row of bytes."
            )
        transformers.setdefault(transformer, {})[file] = content.numpy().tobytes()
    return transformers


def _metadata(data: bytes) -> Dict[str, str]:
    """The metadata of a safetensors file, which begins with the length of its header and the header in JSON."""
    length = int.from_bytes(data[:8], "little")
    metadata: Dict[str, str] = json.loads(data[8 : 8 + length]).get("__metadata__") or {}
    return metadata


def _parse_json(metadata: Dict[str, str], name: str, source: str) -> Any:
    try:
        return json.loads(metadata.get(name, ""))
    except (ValueError, RecursionError) as error:
        raise NotLoadable(
            f"The {name} of {source} is not JSON ({error}), expected what `archives.write` makes. Write the file again."
        ) from error
