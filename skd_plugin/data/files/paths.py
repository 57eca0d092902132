"""Data paths: a path, a list of paths, or {"labelled": …, "unlabelled": …} of either.

A path may be a pattern (`corpus/*.conll`) or a URL, which AllenNLP's `cached_path` fetches.
"""

import glob
import os
from typing import Any, List, Mapping, NamedTuple

from allennlp.common.checks import ConfigurationError

from skd_plugin.data.files.lines import COMPRESSED

KINDS = ("labelled", "unlabelled")
EXAMPLE = '{"labelled": "train.conll", "unlabelled": ["more.conll", "text.txt"]}'


class Source(NamedTuple):
    """A file, and whether a reader withholds the labels that it may have."""

    path: str
    withheld: bool

    @property
    def is_text(self) -> bool:
        """Whether its name says that it has one sentence per line instead of the reader's own format."""
        stem, extension = os.path.splitext(self.path)
        plain = stem if extension in COMPRESSED else self.path
        return self.withheld and plain.lower().endswith(".txt")


def sources(data_path: Any) -> List[Source]:
    """All files that a data path names. Raises `ConfigurationError` if one is missing, before any of them is read."""
    # AllenNLP passes a dictionary as it is or as `Params`, which is a mapping too.
    kinds = data_path if isinstance(data_path, Mapping) else {"labelled": data_path}
    _check_kinds(kinds)
    return [
        Source(path, withheld=kind == "unlabelled")
        for kind in KINDS
        if kind in kinds
        for pattern in _as_list(kinds[kind])
        for path in _files(pattern)
    ]


def _check_kinds(kinds: Mapping[str, Any]) -> None:
    if not kinds or any(key not in KINDS for key in kinds):
        raise ConfigurationError(
            f"A data path has the keys {list(kinds)}, expected 'labelled' and 'unlabelled', one or both. "
            f"Write it as {EXAMPLE}."
        )


def _as_list(value: Any) -> List[str]:
    values = value if isinstance(value, (list, tuple)) else [value]
    if not values or not all(isinstance(item, (str, os.PathLike)) for item in values):
        raise ConfigurationError(
            f"A data path is {value!r}, expected a path, a list of paths, or a dictionary such as {EXAMPLE}."
        )
    return [os.path.expanduser(item) for item in values]


def _files(pattern: str) -> List[str]:
    if "://" in pattern or os.path.isfile(pattern):
        return [pattern]
    if os.path.isdir(pattern):
        raise ConfigurationError(f"The data path {pattern} is a folder. Name its files: {pattern}/*.")
    files = sorted(filter(os.path.isfile, glob.glob(pattern, recursive=True)))
    if not files:
        raise ConfigurationError(
            f"There is no file {pattern}. Paths are relative to the folder in which the command runs: {os.getcwd()}."
        )
    return files
