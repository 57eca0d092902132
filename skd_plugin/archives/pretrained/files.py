"""What a model needs of a transformer beside its weights: the files of its configuration and of its tokenizer."""

import json
import os
import re
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any, Dict, Optional

from huggingface_hub import snapshot_download
from transformers import CONFIG_MAPPING
from transformers.utils import TRANSFORMERS_CACHE

from skd_plugin.archives.screening.config import transformers_named
from skd_plugin.archives.screening.errors import NotLoadable

Files = Dict[str, bytes]
"""File name → content."""

CONFIG = "config.json"
NAMES = frozenset(
    f"{CONFIG} tokenizer_config.json special_tokens_map.json added_tokens.json tokenizer.json vocab.txt vocab.json "
    "merges.txt bpe.codes dict.txt entity_vocab.json prophetnet.tokenizer spiece.model spm.model sentencepiece.model "
    "sentencepiece.bpe.model tokenizer.model".split()
)
"""No weights, no code, and nothing that is read as a pickle."""

# What these say becomes arguments and attributes, which may name files, folders, code, and one another.
_SETTINGS = (CONFIG, "tokenizer_config.json", "special_tokens_map.json")
_LEADS_ELSEWHERE = re.compile(r".*_(files?|paths?|dir)|auto_map|mecab_option")


def files_of_transformers(config: Dict[str, Any]) -> Dict[str, Files]:
    """The files of every transformer that a model's config names, by `reference`; raises `NotLoadable`."""
    return {reference(*named): find(*named) for named in dict.fromkeys(transformers_named(config))}


def reference(name: str, revision: Optional[str]) -> str:
    return f"{name}@{revision}" if revision else name


def find(name: str, revision: Optional[str]) -> Files:
    """From the local folder of that name, or from the hub and its cache; raises `NotLoadable`."""
    try:
        folder = name if os.path.isdir(name) else _from_hub(name, revision)
        files = {file.name: file.read_bytes() for file in Path(folder).iterdir() if file.name in NAMES}
    except (OSError, ValueError) as error:
        raise NotLoadable(
            f"The transformer {reference(name, revision)!r} is not found ({type(error).__name__}: {error}). Its "
            f"configuration and tokenizer are needed, expected a folder of that name with {CONFIG} and the "
            "tokenizer's files, or a name on the hub. Put the folder back, or connect to the network once; what "
            "`archives.write` or spaCy's `to_disk` has saved from then on needs neither."
        ) from error
    return cleaned(name, files)


def cleaned(name: str, files: Files) -> Files:
    """The files without what would lead out of their folder; raises `NotLoadable` for other files than expected."""
    unknown = sorted(files.keys() - NAMES)
    if unknown or CONFIG not in files:
        raise _unexpected(name, f"a file {unknown[0]!r}" if unknown else f"no {CONFIG}")
    settings = {file: _settings(name, file, files[file]) for file in _SETTINGS if file in files}
    settings[CONFIG]["model_type"] = _model_type(name, settings[CONFIG])
    for found in settings.values():
        kind = found.get("tokenizer_class")
        # Any class of transformers would be called, also those that fetch or read something else.
        if kind is not None and not re.fullmatch(r"\w+Tokenizer(Fast)?", str(kind)):
            raise _unexpected(name, f"the tokenizer_class {kind!r}")
    return {**files, **{file: json.dumps(found).encode() for file, found in settings.items()}}


def _from_hub(name: str, revision: Optional[str]) -> str:
    """The folder of the hub's cache: as it is, if it holds a tokenizer, because the model was trained with that."""
    download = partial(
        snapshot_download, name, revision=revision, cache_dir=TRANSFORMERS_CACHE, allow_patterns=sorted(NAMES)
    )
    with suppress(FileNotFoundError):
        folder: str = download(local_files_only=True)
        if set(os.listdir(folder)) & NAMES.difference(_SETTINGS):
            return folder
    return download()


def _settings(name: str, file: str, content: bytes) -> Dict[str, Any]:
    try:
        found = _without_places(json.loads(content))
    except (ValueError, RecursionError) as error:
        raise _unexpected(name, f"a {file} that is not JSON ({error})") from error
    if not isinstance(found, dict):
        raise _unexpected(name, f"a {type(found).__name__} in its {file}")
    return found


def _without_places(value: Any) -> Any:
    if isinstance(value, list):
        return [_without_places(inner) for inner in value]
    if not isinstance(value, dict):
        return value
    # That there is no such file says something too.
    kept = {key: inner for key, inner in value.items() if inner is None or not _LEADS_ELSEWHERE.fullmatch(key)}
    return {key: _without_places(inner) for key, inner in kept.items()}


def _model_type(name: str, config: Dict[str, Any]) -> str:
    """As transformers finds it, which for old models reads the name; that of the temporary folder would mislead it."""
    kind = config.get("model_type")
    if kind is None and "vocab_size" in config:
        kind = max((known for known in CONFIG_MAPPING if known in name), key=len, default=None)
    if not isinstance(kind, str) or kind not in CONFIG_MAPPING:
        raise _unexpected(name, f"the model_type {kind!r} in its {CONFIG}")
    return kind


def _unexpected(name: str, found: str) -> NotLoadable:
    return NotLoadable(
        f"The transformer {name!r} has {found}, expected a {CONFIG} of a model that transformers knows without code "
        f"of the model's own, and a tokenizer of transformers in files such as tokenizer.json or vocab.txt. Train with "
        "such a transformer; if the file is not yours, ask for its origin."
    )
