"""Names of files that say nothing of the machine on which the files are."""

import os
from pathlib import PureWindowsPath
from typing import Any
from urllib.parse import urlsplit

from skd_plugin.archives.saved import SavedModel

CARD_FILE = "README.md"
"""The model card, in the folder of a run, in its archive, and in a pipeline."""

METRICS_FILE = "metrics.json"
"""The file in the folder of a run, and in its archive, in which AllenNLP writes the metrics."""

TEACHERS_FILE = "teachers.json"
"""The file in the folder of a run in which the distiller records the name and the fingerprint of each teacher."""

TRAINING_FILE = "training.json"
"""The file in the folder of a run, and in its archive, with what only the training knows, such as its steps."""


def base_name(path: str) -> str:
    """
    The last part of a path of any operating system, or of an address without its query.

    A run's archive is always called `model.tar.gz`, so it is named after the folder of its run.
    """
    # A path of Windows may have separators of both kinds.
    given = PureWindowsPath(urlsplit(path).path if "://" in path else path)
    return (given.parent.name if given.name == "model.tar.gz" else "") or given.name


def without_folders(saved: SavedModel) -> SavedModel:
    """The same model, in which a transformer that came from a folder of this machine has the folder's base name."""
    for reference in saved.transformers:
        short = base_name(reference)
        # With a revision it is a name on the hub.
        if os.path.isdir(reference) and short not in saved.transformers:
            transformers = {short if key == reference else key: files for key, files in saved.transformers.items()}
            saved = saved._replace(config=_replaced(saved.config, reference, short), transformers=transformers)
    return saved


def _replaced(section: Any, name: str, other: str) -> Any:
    if isinstance(section, dict):
        return {key: _replaced(value, name, other) for key, value in section.items()}
    if isinstance(section, list):
        return [_replaced(value, name, other) for value in section]
    return other if section == name else section
