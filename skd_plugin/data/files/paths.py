"""What a data path may be: a path, a list of paths, or {"labelled": …, "unlabelled": …} of either.

A path may be a pattern (`corpus/*.conll`) or a URL, which AllenNLP's `cached_path` fetches.
"""

import glob
import os
from typing import Any, List, Mapping, NamedTuple

from allennlp.common.checks import ConfigurationError

KINDS = ("labelled", "unlabelled")
EXAMPLE = '{"labelled": "train.conll", "unlabelled": ["more.conll", "text.txt"]}'


class Source(NamedTuple):
    """One file, and whether its labels, if it has any, are to be withheld."""

    path: str
    withheld: bool

    @property
    def is_text(self) -> bool:
        """Whether the file holds one sentence a line instead of the reader's own format."""
        stem, extension = os.path.splitext(self.path)
        plain = stem if extension in {".gz", ".bz2", ".xz"} else self.path
        return self.withheld and plain.endswith(".txt")


def sources(data_path: Any) -> List[Source]:
    """Every file a data path names, checked to exist before the first one is read."""
    # AllenNLP hands a dictionary over as such or as `Params`, which is a mapping too.
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
            f"There is no file {pattern}. Paths are relative to the folder the command runs in, here {os.getcwd()}."
        )
    return files
