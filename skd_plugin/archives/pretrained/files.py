"""The files of a transformer that a model needs in addition to weights: its configuration and its tokenizer."""

import json
import os
import re
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any, Dict, Iterator, Optional, Sequence

from skd_plugin.archives.screening.config import named_transformers
from skd_plugin.archives.screening.errors import NotLoadable
from skd_plugin.archives.screening.limits import TooLarge, read_file_into_memory

Files = Dict[str, bytes]
"""Contents by file name."""

CONFIG = "config.json"
NAMES = frozenset(
    f"{CONFIG} tokenizer_config.json special_tokens_map.json added_tokens.json tokenizer.json vocab.txt vocab.json "
    "merges.txt bpe.codes dict.txt entity_vocab.json prophetnet.tokenizer spiece.model spm.model sentencepiece.model "
    "sentencepiece.bpe.model tokenizer.model".split()
)
"""The only files that are kept: no weights, no code, and nothing that is read as a pickle."""

# Entries of these files become arguments and attributes. They may name files, folders, code, each other, or kernels on
# the hub.
_SETTINGS = (CONFIG, "tokenizer_config.json", "special_tokens_map.json")
_REFERENCE = re.compile(r".*_(files?|paths?|dir)|auto_map|mecab_option|_?(attn|experts)_implementation(_internal)?")


def files_of_transformers(config: Dict[str, Any]) -> Dict[str, Files]:
    """The files of every transformer that a model's config names, by `reference`. Raises `NotLoadable`."""
    return {
        reference(*transformer): find_files(*transformer) for transformer in dict.fromkeys(named_transformers(config))
    }


def reference(name: str, revision: Optional[str]) -> str:
    """A transformer's name with its revision, if it has one."""
    return f"{name}@{revision}" if revision else name


def find_files(name: str, revision: Optional[str]) -> Files:
    """The files in the local folder of that name, or in the hub's cache, or on the hub. Raises `NotLoadable`."""
    try:
        folder = name if os.path.isdir(name) else _from_hub(name, revision)
        found = [file for file in Path(folder).iterdir() if file.name in NAMES]
        _refuse_links(name, folder, found)
        files = {file.name: read_file_into_memory(file) for file in found}
    except (OSError, ValueError, TooLarge) as error:
        raise NotLoadable(
            f"The transformer {reference(name, revision)!r} is not found ({type(error).__name__}: {error}). Its "
            f"configuration and tokenizer are needed, expected a folder of that name with {CONFIG} and the "
            "tokenizer's files, or a name on the hub. Put the folder back, or connect to the network once. What "
            "`archives.write` or spaCy's `to_disk` saves after that needs neither."
        ) from error
    return clean(name, files)


def _refuse_links(name: str, folder: str, files: Sequence[Path]) -> None:
    """
    Raises `NotLoadable` for a link out of the folder. In the hub's cache the files of a snapshot are links to the blobs
    of their model; those are allowed.
    """
    root = Path(folder).resolve()
    allowed = root, root.parent.parent / "blobs"
    for file in files:
        if not any(file.resolve().is_relative_to(place) for place in allowed):
            raise NotLoadable(
                f"The {file.name} of the transformer {name!r} is a link to {os.readlink(file)!r}, out of its folder, "
                "and may lead to anything on this machine. If the folder is yours, put the file itself in its place; "
                "if not, ask where it comes from."
            )


def clean(name: str, files: Files) -> Files:
    """The files without entries that lead out of their folder. Raises `NotLoadable` if there are unexpected files."""
    unknown = sorted(files.keys() - NAMES)
    if unknown or CONFIG not in files:
        raise _unexpected(name, f"a file {unknown[0]!r}" if unknown else f"no {CONFIG}")
    settings = {file: _settings(name, file, files[file]) for file in _SETTINGS if file in files}
    settings[CONFIG]["model_type"] = _model_type(name, settings[CONFIG])
    backbone = next(_values(settings[CONFIG], "backbone"), None)
    if backbone is not None:
        # Transformers would look for it on the hub.
        raise _unexpected(name, f"the backbone {backbone!r}, another transformer")
    for entries in settings.values():
        kind = entries.get("tokenizer_class")
        # Transformers would call any class of its own, even one that downloads or reads something else.
        if kind is not None and not re.fullmatch(r"\w+Tokenizer(Fast)?|TokenizersBackend", str(kind)):
            raise _unexpected(name, f"the tokenizer_class {kind!r}")
    return {**files, **{file: json.dumps(entries).encode() for file, entries in settings.items()}}


def _from_hub(name: str, revision: Optional[str]) -> str:
    """
    The folder in the hub's cache.

    If it holds a tokenizer it is used as it is, because the model was trained with that tokenizer.
    """
    from huggingface_hub import snapshot_download
    from huggingface_hub.constants import HF_HUB_CACHE

    download = partial(snapshot_download, name, revision=revision, cache_dir=HF_HUB_CACHE, allow_patterns=sorted(NAMES))
    with suppress(FileNotFoundError):
        folder: str = download(local_files_only=True)
        if set(os.listdir(folder)) & NAMES.difference(_SETTINGS):
            return folder
    return download()


def _settings(name: str, file: str, content: bytes) -> Dict[str, Any]:
    try:
        settings = _without_references(json.loads(content))
    except (ValueError, RecursionError) as error:
        raise _unexpected(name, f"a {file} that is not JSON ({error})") from error
    if not isinstance(settings, dict):
        raise _unexpected(name, f"a {type(settings).__name__} in its {file}")
    return settings


def _without_references(value: Any) -> Any:
    """Drops all entries that name files, folders, code or kernels."""
    if isinstance(value, list):
        return [_without_references(inner) for inner in value]
    if not isinstance(value, dict):
        return value
    # None is kept: it says that there is no such file.
    kept = {key: inner for key, inner in value.items() if inner is None or not _REFERENCE.fullmatch(key)}
    return {key: _without_references(inner) for key, inner in kept.items()}


def _values(value: Any, key: str) -> Iterator[Any]:
    """The values under this key, at any depth, that are not None."""
    if isinstance(value, dict):
        if value.get(key) is not None:
            yield value[key]
        value = list(value.values())
    for inner in value if isinstance(value, list) else []:
        yield from _values(inner, key)


def _model_type(name: str, config: Dict[str, Any]) -> str:
    """
    The type of model, as transformers finds it.

    For old models transformers looks into the name. In a temporary folder it would see that folder's name.
    """
    from transformers import CONFIG_MAPPING

    kind = config.get("model_type")
    if kind is None and "vocab_size" in config:
        kind = max((kind for kind in CONFIG_MAPPING if kind in name), key=len, default=None)
    if not isinstance(kind, str) or kind not in CONFIG_MAPPING:
        raise _unexpected(name, f"the model_type {kind!r} in its {CONFIG}")
    return kind


def _unexpected(name: str, fault: str) -> NotLoadable:
    return NotLoadable(
        f"The transformer {name!r} has {fault}, expected a {CONFIG} of a model that transformers knows without code "
        "of the model's own, and a tokenizer of transformers in files such as tokenizer.json or vocab.txt. Train with "
        "such a transformer. If the file is not yours, ask where it comes from."
    )
