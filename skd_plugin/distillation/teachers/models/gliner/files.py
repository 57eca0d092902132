"""The files of a GLiNER, which is refused here if it has no scores of spans or comes with code."""

import json
from pathlib import Path
from typing import Any, Dict, List, NamedTuple, Optional

from allennlp.common.checks import ConfigurationError

from skd_plugin.distillation.teachers.models.hub_folder import hub_folder

CONFIG = "gliner_config.json"

# The first of these that is there is read, by us and by GLiNER.
_WEIGHTS = ("model.safetensors", "pytorch_model.bin")
_SMALL = ("*.json", "*.txt", "*.model")
_TOKENIZER = "tokenizer_config.json"
_LABELS_TOKENIZER = "labels_tokenizer"

# Those that can name code, as `auto_map`, which GLiNER would let transformers execute.
_CONFIGS = (CONFIG, "config.json", _TOKENIZER)


class GlinerFiles(NamedTuple):
    """
    folder : that GLiNER loads
    weights : the file with its parameters
    files : all on which the model's answers depend, in a fixed order
    """

    folder: Path
    weights: Path
    files: List[Path]


def gliner_files(model: str, revision: Optional[str]) -> GlinerFiles:
    """
    Finds the files, and downloads what is not in the cache. Raises `ConfigurationError`.

    # Parameters

    model : `str`
        A folder, or a name on the hub.
    revision : `Optional[str]`
        A branch, tag or commit on the hub; the main branch if None.
    """
    folder = hub_folder(model, revision, [*_SMALL, _WEIGHTS[0]])
    if not (folder / CONFIG).is_file():
        raise ConfigurationError(
            f"The model {model} has no {CONFIG}, expected the folder of a GLiNER, as its `save_pretrained` writes it, "
            "or the name of one on the hub."
        )
    config = _read(folder / CONFIG)
    _check_kind(config, model)
    if not (folder / _WEIGHTS[0]).is_file():
        folder = hub_folder(model, revision, [*_SMALL, *_WEIGHTS])
    weights = next((folder / name for name in _WEIGHTS if (folder / name).is_file()), None)
    if weights is None:
        raise ConfigurationError(
            f"The GLiNER {model} has no weights, expected {' or '.join(_WEIGHTS)} in {folder}. Copy all files of the "
            "model, or give another."
        )
    others = [hub_folder(name, None, _SMALL) for name in _others(folder, config)]
    small = [file for each in [folder, folder / _LABELS_TOKENIZER, *others] for file in _small_files(each)]
    for file in small:
        if file.name in _CONFIGS and _has_key(_read(file), "auto_map"):
            raise ConfigurationError(
                f"The GLiNER {model} comes with code of its own (`auto_map` in {file}), which is not executed here. "
                "Give one whose encoder transformers has itself, such as DeBERTa or ModernBERT."
            )
    return GlinerFiles(folder, weights, [*small, weights])


def _check_kind(config: Dict[str, Any], model: str) -> None:
    kind = config.get("model_type") or ""
    # GLiNER's own configurations have both spellings.
    token_level = config.get("span_mode") in ("token_level", "token-level") or "_token" in kind
    reasons = [
        (token_level, "scores words as the first, last and inner ones of entities (`span_mode` 'token_level')"),
        (config.get("labels_decoder") is not None, "generates names of types (`labels_decoder`)"),
        (config.get("relations_layer") is not None, "is for relations (`relations_layer`)"),
        ("streaming" in kind, "is for streams of text (`model_type`)"),
        (bool(config.get("precomputed_prompts_mode")), "has its types built in (`precomputed_prompts_mode`)"),
    ]
    for holds, reason in reasons:
        if holds:
            raise ConfigurationError(
                f"The GLiNER {model} {reason}, expected one that scores spans for any types, such as those with the "
                f"`span_mode` 'markerV0', with or without a `labels_encoder`. Its {CONFIG} says what it is. Give "
                "another GLiNER."
            )


def _others(folder: Path, config: Dict[str, Any]) -> List[str]:
    """The models, by path or name on the hub, from which GLiNER takes the configurations and tokenizers it lacks."""
    names = []
    if not (folder / _TOKENIZER).is_file() or config.get("encoder_config") is None:
        names.append(config.get("model_name"))
    labels = folder / _LABELS_TOKENIZER / _TOKENIZER
    if config.get("labels_encoder") and (not labels.is_file() or config.get("labels_encoder_config") is None):
        names.append(config["labels_encoder"])
    return [name for name in names if name]


def _small_files(folder: Path) -> List[Path]:
    return sorted(file for pattern in _SMALL for file in folder.glob(pattern) if file.is_file())


def _read(file: Path) -> Any:
    try:
        return json.loads(file.read_bytes())
    except (OSError, ValueError) as error:
        raise ConfigurationError(
            f"{file} cannot be read as JSON ({error}). Copy or download the files of the model again."
        ) from error


def _has_key(value: Any, key: str) -> bool:
    if isinstance(value, dict):
        return key in value or any(_has_key(one, key) for one in value.values())
    return isinstance(value, list) and any(_has_key(one, key) for one in value)
