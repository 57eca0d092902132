"""Writes an archive again with options of its model changed. All else in it stays as it is."""

import io
import json
import os
import tarfile
from pathlib import Path
from typing import Any, Dict, Mapping, Optional

from skd_plugin.archives.names import CARD_FILE
from skd_plugin.archives.unpacking import CONFIG
from skd_plugin.compat.whole_files import whole_file


def with_model_options(archive: Path, out: Path, options: Mapping[str, Any], card: Optional[str] = None) -> None:
    """
    Writes the archive to `out`, which may be the archive itself, completely or not at all.

    # Parameters

    archive : `Path`
        A `model.tar.gz` that `archives.load` has accepted.
    out : `Path`
    options : `Mapping[str, Any]`
        Options in the section `model` of the config, and their values in JSON; None takes an option away.
    card : `str`, optional (default = `None`)
        What takes the place of the model card in the archive.
    """
    with (
        whole_file(out, writer=str(os.getpid())) as unfinished,
        tarfile.open(archive, "r:gz") as old,
        tarfile.open(unfinished, "w:gz") as new,
    ):
        for member in old:
            file = old.extractfile(member) if member.isfile() else None
            text: Optional[str] = None
            if file is not None and os.path.normpath(member.name) == CONFIG:
                text = json.dumps(_changed(json.load(file), options), indent=4)
            if file is not None and os.path.normpath(member.name) == CARD_FILE:
                text = card
            if text is not None:
                content = text.encode("utf-8")
                member.size, file = len(content), io.BytesIO(content)
            new.addfile(member, file)


def _changed(config: Dict[str, Any], options: Mapping[str, Any]) -> Dict[str, Any]:
    model = {name: option for name, option in config["model"].items() if name not in options}
    given = {name: option for name, option in options.items() if option is not None}
    return {**config, "model": {**model, **given}}
