"""Writes an archive again with one option of its model changed. All else in it stays as it is."""

import io
import json
import os
import tarfile
from pathlib import Path
from typing import Any, Dict

from skd_plugin.archives.unpacking import CONFIG
from skd_plugin.compat.whole_files import whole_file


def with_model_option(archive: Path, out: Path, name: str, value: Any) -> None:
    """
    Writes the archive to `out`, which may be the archive itself, completely or not at all.

    # Parameters

    archive : `Path`
        A `model.tar.gz` that `archives.load` has accepted.
    out : `Path`
    name : `str`
        An option in the section `model` of the config.
    value : `Any`
        Its value in JSON; None takes the option away.
    """
    with (
        whole_file(out, writer=str(os.getpid())) as unfinished,
        tarfile.open(archive, "r:gz") as old,
        tarfile.open(unfinished, "w:gz") as new,
    ):
        for member in old:
            file = old.extractfile(member) if member.isfile() else None
            if file is not None and os.path.normpath(member.name) == CONFIG:
                content = json.dumps(_changed(json.load(file), name, value), indent=4).encode("utf-8")
                member.size, file = len(content), io.BytesIO(content)
            new.addfile(member, file)


def _changed(config: Dict[str, Any], name: str, value: Any) -> Dict[str, Any]:
    model = {key: option for key, option in config["model"].items() if key != name}
    return {**config, "model": model if value is None else {**model, name: value}}
