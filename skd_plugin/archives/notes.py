"""What an archive, or the folder of a run, says of its model. None of it is needed to load the model."""

from pathlib import Path
from typing import Dict

from skd_plugin.archives.names import CARD_FILE, METRICS_FILE, TEACHERS_FILE, TRAINING_FILE
from skd_plugin.archives.unpacking import read_others

NOTES = (CARD_FILE, METRICS_FILE, TEACHERS_FILE, TRAINING_FILE)
"""The files that a run puts into its archive, if they are there."""


def read_notes(path: Path) -> Dict[str, str]:
    """
    Those of the files `NOTES` that are there, by their names.

    What is not UTF-8 is replaced. Raises `NotLoadable` if the archive cannot be read.
    """
    return {name: content.decode("utf-8-sig", "replace") for name, content in read_others(Path(path), NOTES).items()}
