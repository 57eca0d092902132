"""The kinds of teachers that a project can have, and the pretrained transformer that one of them stands on."""

import re
from pathlib import Path
from typing import List, Optional

from allennlp.common.checks import ConfigurationError

_EXAMPLE = "`--teacher transformer sentence-transformers/all-MiniLM-L6-v2`"
_NAME_ON_THE_HUB = re.compile(r"\w[\w.-]*(/\w[\w.-]*)?")


def transformer_of(teacher: List[str]) -> Optional[str]:
    """
    The folder or the name of the transformer of a teacher that is given as on the command line; None for `["bilstm"]`.

    Raises `ConfigurationError` for any other kind of teacher, and for a folder that is missing or has no transformer.
    """
    kind, *names = teacher
    if kind not in ("bilstm", "transformer"):
        raise ConfigurationError(
            f"The teacher is {kind!r}, expected 'bilstm' or 'transformer'. If {kind!r} is a transformer, write "
            f"`--teacher transformer {kind}`."
        )
    if kind == "bilstm":
        if names:
            raise ConfigurationError(
                f"The teacher is a 'bilstm' with {', '.join(map(repr, names))}, expected nothing after 'bilstm'. "
                f"For a transformer, write {_EXAMPLE}."
            )
        return None
    if len(names) != 1:
        raise ConfigurationError(
            f"The teacher is a 'transformer' with {len(names)} names, expected one: the transformer's folder, or its "
            f"name on the hub. Write {_EXAMPLE}."
        )
    return _checked(names[0])


def _checked(transformer: str) -> str:
    folder = Path(transformer).expanduser()
    if folder.is_dir():
        if not (folder / "config.json").is_file():
            raise ConfigurationError(
                f"The folder {transformer} has no config.json, expected a transformer as `save_pretrained` of "
                "transformers writes it. Name the folder that has the file."
            )
        return str(folder)
    if folder.exists():
        raise ConfigurationError(f"The transformer {transformer} is a file, expected its folder. Name {folder.parent}.")
    if not _NAME_ON_THE_HUB.fullmatch(transformer):
        raise ConfigurationError(
            f"There is no folder {transformer}, and no transformer of the hub has such a name. Paths are relative to "
            f"the folder in which the command runs: {Path.cwd()}."
        )
    return transformer
