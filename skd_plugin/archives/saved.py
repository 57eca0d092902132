"""A trained model as it is saved: config, vocabulary, weights, and the files of its transformers."""

import io
import json
import zipfile
from pathlib import Path
from typing import Any, Dict, NamedTuple, cast

import torch
from torch import Tensor

from skd_plugin.archives.pretrained.files import Files, files_of_transformers
from skd_plugin.archives.screening.config import needed_sections
from skd_plugin.archives.screening.errors import NotLoadable
from skd_plugin.archives.screening.limits import TooLarge, largest_content
from skd_plugin.archives.unpacking import CONFIG, VOCABULARY, WEIGHTS, read_files


class SavedModel(NamedTuple):
    """
    Everything that a model is rebuilt from.

    # Parameters

    config : `Dict[str, Any]`
        The sections "dataset_reader" (that of the validation data, if there is one), "model", and "vocabulary" if there
        is one. Pretrained files and initializers are left out, because a trained model does not need them.
    vocabulary : `Dict[str, str]`
        Text by file name.
    weights : `Dict[str, Tensor]`
        Tensors by name, on the CPU.
    transformers : `Dict[str, Files]`
        Configuration and tokenizer files of the transformers that `config` names, by these names.
    """

    config: Dict[str, Any]
    vocabulary: Dict[str, str]
    weights: Dict[str, Tensor]
    transformers: Dict[str, Files]


def read(path: Path) -> SavedModel:
    """
    The model in a `model.tar.gz`, or in the directory of a run (`weights.th` or `best.th`). Nothing is executed.

    Its transformers are looked up by name, in local folders and on the hub. The saved model contains their files.
    """
    path = Path(path)
    files = read_files(path)
    texts = {name: _text(content, path / name) for name, content in files.items() if name != WEIGHTS}
    vocabulary = {name.removeprefix(f"{VOCABULARY}/"): text for name, text in texts.items() if name != CONFIG}
    config = needed_sections(_json(texts[CONFIG], path / CONFIG), str(path))
    weights = _weights(files[WEIGHTS], path / WEIGHTS)
    return SavedModel(config, vocabulary, weights, _transformers(config, path))


def read_config(path: Path) -> Dict[str, Any]:
    """The whole config of the model at `path`, also what only its training needed. Raises `NotLoadable`."""
    path = Path(path)
    config = _json(_text(read_files(path)[CONFIG], path / CONFIG), path / CONFIG)
    needed_sections(config, str(path))  # raises
    return cast(Dict[str, Any], config)


def _transformers(config: Dict[str, Any], path: Path) -> Dict[str, Files]:
    try:
        return files_of_transformers(config)
    except NotLoadable as error:
        raise NotLoadable(f"The model at {path} is not loaded. {error}") from error


def _text(content: bytes, source: Path) -> str:
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise NotLoadable(
            f"{source} is not text in UTF-8 ({error}), but `allennlp train` writes UTF-8. Train the model again."
        ) from error


def _json(text: str, source: Path) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise NotLoadable(
            f"{source} is not JSON ({error}). The config of an archive is plain JSON, nothing to be evaluated. If the "
            "archive is your own, pack it again with the config.json that its run has written."
        ) from error


def _weights(content: bytes, source: Path) -> Dict[str, Tensor]:
    """The tensors of a weights file. A pickle that asks for anything else is refused."""
    try:
        _refuse_compression(content)
        # Explicit, because environment variables may change torch's default, but not this argument.
        weights = torch.load(io.BytesIO(content), map_location="cpu", weights_only=True)
    except TooLarge as error:
        raise NotLoadable(
            f"{source} is not read: {error}, but `torch.save` does not compress. Do not use it, and ask where it comes "
            "from."
        ) from error
    except Exception as error:  # torch raises whatever a broken pickle leads to, and its advice is to load it unsafely
        raise NotLoadable(
            f"{source} is not a weights file, or holds more than weights ({type(error).__name__}). Only tensors are "
            "read, and no pickled code is executed. Train the model again, or ask its author for the weights alone."
        ) from error
    if not isinstance(weights, dict) or not all(map(_is_weight, weights.keys(), weights.values())):
        raise NotLoadable(
            f"{source} holds a {type(weights).__name__} that does not map names to tensors, expected the "
            "weights that `allennlp train` saves. Train the model again."
        )
    size = sum(value.numel() * value.element_size() for value in weights.values())
    if size > largest_content(len(content)):
        raise NotLoadable(
            f"{source} has {len(content):,} bytes, but its tensors would have {size:,}: they repeat the same numbers. "
            "Do not use it, and ask where it comes from."
        )
    return {name: value.detach() for name, value in weights.items()}


def _refuse_compression(content: bytes) -> None:
    """
    Raises `TooLarge` for a zip file with entries that expand or overlap. `torch.save` writes zip files without
    compression, and `torch.load` expands whatever it is given.
    """
    if not zipfile.is_zipfile(io.BytesIO(content)):
        return
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        entries = archive.infolist()
    size = sum(entry.file_size for entry in entries)
    if size > len(content) or any(entry.compress_type != zipfile.ZIP_STORED for entry in entries):
        raise TooLarge(f"its {len(content):,} bytes are compressed, and expand to {size:,}")


def _is_weight(name: Any, value: Any) -> bool:
    """Whether this is a name with an ordinary tensor. Others, such as tensors without data, would fail only later."""
    ordinary = type(value) in (Tensor, torch.nn.Parameter) and value.layout == torch.strided
    return isinstance(name, str) and ordinary and not value.is_quantized and value.device.type == "cpu"
