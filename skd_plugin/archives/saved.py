"""What of a trained model is kept: configuration, vocabulary, weights, and what it needs of transformers."""

import io
import json
from pathlib import Path
from typing import Any, Dict, NamedTuple

import torch
from torch import Tensor

from skd_plugin.archives.pretrained.files import Files, files_of_transformers
from skd_plugin.archives.screening.config import kept_sections
from skd_plugin.archives.screening.errors import NotLoadable
from skd_plugin.archives.unpacking import CONFIG, VOCABULARY, WEIGHTS, contents


class Saved(NamedTuple):
    """
    # Parameters

    config : `Dict[str, Any]`
        The sections "dataset_reader" (that of the validation data, if there is one), "model", and "vocabulary" if any,
        without pretrained files and initializers, which a trained model has no use for.
    vocabulary : `Dict[str, str]`
        File name → text.
    weights : `Dict[str, Tensor]`
        On the CPU.
    transformers : `Dict[str, Files]`
        Configuration and tokenizer of the transformers that `config` names, under these names.
    """

    config: Dict[str, Any]
    vocabulary: Dict[str, str]
    weights: Dict[str, Tensor]
    transformers: Dict[str, Files]


def read(path: Path) -> Saved:
    """
    The model in a `model.tar.gz`, or in the directory of a run (`weights.th` or `best.th`); executes nothing.

    Its transformers are looked for under their names, in local folders and on the hub; later they are not needed there.
    """
    path = Path(path)
    files = contents(path)
    texts = {name: _text(content, path / name) for name, content in files.items() if name != WEIGHTS}
    vocabulary = {name.removeprefix(f"{VOCABULARY}/"): text for name, text in texts.items() if name != CONFIG}
    config = kept_sections(_json(texts[CONFIG], path / CONFIG), str(path))
    weights = _weights(files[WEIGHTS], path / WEIGHTS)
    return Saved(config, vocabulary, weights, _transformers(config, path))


def _transformers(config: Dict[str, Any], path: Path) -> Dict[str, Files]:
    try:
        return files_of_transformers(config)
    except NotLoadable as error:
        raise NotLoadable(f"The model at {path} is not loaded. {error}") from error


def _text(content: bytes, source: Path) -> str:
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise NotLoadable(f"{source} is not text in UTF-8 ({error}), as what `allennlp train` writes is.") from error


def _json(text: str, source: Path) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise NotLoadable(
            f"{source} is not JSON ({error}). Archives of `allennlp train` hold plain JSON, nothing to be evaluated; "
            "unpack and pack an archive of your own with the config.json that its run has written."
        ) from error


def _weights(content: bytes, source: Path) -> Dict[str, Tensor]:
    """Tensors and nothing else: whatever else a pickle asks for is not built."""
    try:
        # Said explicitly, because torch's environment variables may change the default, but not this.
        weights = torch.load(io.BytesIO(content), map_location="cpu", weights_only=True)
    except Exception as error:  # torch raises whatever a broken pickle leads to, and its advice is to load it unsafely
        raise NotLoadable(
            f"{source} is no file of weights, or holds more than weights ({type(error).__name__}). Only tensors are "
            "read, and no pickled code is executed: train the model again, or ask its author for the weights alone."
        ) from error
    if not isinstance(weights, dict) or not all(map(_is_weight, weights.keys(), weights.values())):
        raise NotLoadable(
            f"{source} holds a {type(weights).__name__} of other things than tensors by their names, expected the "
            "weights that `allennlp train` saves. Train the model again."
        )
    return {name: value.detach() for name, value in weights.items()}


def _is_weight(name: Any, value: Any) -> bool:
    """An ordinary tensor: others, such as those without data, would fail only later."""
    ordinary = type(value) in (Tensor, torch.nn.Parameter) and value.layout == torch.strided
    return isinstance(name, str) and ordinary and not value.is_quantized and value.device.type == "cpu"
