"""Names of files that say nothing of the machine on which the files are."""

from pathlib import PureWindowsPath
from urllib.parse import urlsplit

TEACHERS_FILE = "teachers.json"
"""The file in the folder of a run in which the distiller records the name and the fingerprint of each teacher."""


def base_name(path: str) -> str:
    """
    The last part of a path of any operating system, or of an address without its query.

    A run's archive is always called `model.tar.gz`, so it is named after the folder of its run.
    """
    # A path of Windows may have separators of both kinds.
    given = PureWindowsPath(urlsplit(path).path if "://" in path else path)
    return (given.parent.name if given.name == "model.tar.gz" else "") or given.name
