"""Writes what a store has of a corpus into a file of soft labels, which any program can read."""

import gzip
from itertools import chain
from pathlib import Path
from typing import IO, Dict, Iterable, List, NamedTuple, Optional, cast

import numpy as np
from allennlp.common import Tqdm
from allennlp.common.checks import ConfigurationError
from allennlp.common.util import lazy_groups_of

from skd_plugin.compat.whole_files import whole_file
from skd_plugin.distillation.teachers.keys import key
from skd_plugin.distillation.teachers.model import Words
from skd_plugin.distillation.teachers.models.soft_labels.writing import write_line
from skd_plugin.distillation.teachers.reading import Sentences, Survey
from skd_plugin.distillation.teachers.store import Store
from skd_plugin.structures import Factorization

SUFFIXES = (".jsonl", ".jsonl.gz")

_BATCH_SIZE = 64


class Exported(NamedTuple):
    """
    What was written.

    # Parameters

    sentences : `int`
    kind : `type[Factorization]`
        The class of the distributions.
    left_out : `float`
        The largest probability that was left out at one word.
    """

    sentences: int
    kind: Optional[type[Factorization]]
    left_out: float


def export(store: Store, sentences: Sentences, path: Path, threshold: float) -> Exported:
    """
    Writes the different sentences of a corpus, in their order. Raises `ConfigurationError`.

    # Parameters

    store : `Store`
        Opened; it has all of these sentences.
    sentences : `Sentences`
    path : `Path`
        A file whose name ends in one of `SUFFIXES`. It is replaced if it is there.
    threshold : `float`
        See `write_line`.
    """
    survey = Survey(sentences, lambda names: np.zeros(len(names), bool))
    kind: Optional[type[Factorization]] = None
    count, left_out = 0, 0.0
    try:
        with whole_file(path) as unfinished, _opened(Path(unfinished), path.suffix == ".gz") as file:
            sentences_of_parts = chain.from_iterable(part.sentences for part in survey.parts())
            with_progress = Tqdm.tqdm(sentences_of_parts, total=survey.num_different, desc="writing")
            for some in lazy_groups_of(with_progress, _BATCH_SIZE):
                for words, distribution in zip(some, _read(store, some)):
                    line, of_line = write_line(words, distribution, threshold)
                    file.write(line + "\n")
                    kind, left_out, count = type(distribution), max(left_out, of_line), count + 1
    except OSError as error:
        raise ConfigurationError(
            f"{path} cannot be written ({error}). Free some space, or name another file. What was read is stored: run "
            "the same command again, and it writes this file at once."
        ) from error
    return Exported(count, kind, left_out)


def _read(store: Store, sentences: List[Words]) -> Iterable[Factorization]:
    """The distributions of these sentences, each a batch of one."""
    names = list(map(key, sentences))
    groups: Dict[bytes, List[bytes]] = {}
    for name, group in zip(names, store.shared_digests(names)):
        groups.setdefault(group, []).append(name)
    found = {name: one for some in groups.values() for name, one in zip(some, store.read(some).unstack())}
    return [found[name] for name in names]


def _opened(path: Path, is_compressed: bool) -> IO[str]:
    if is_compressed:
        return cast(IO[str], gzip.open(path, "wt", encoding="utf-8"))
    return path.open("w", encoding="utf-8")


def check_path(path: Path) -> None:
    """Raises `ConfigurationError` for a path to which nothing can be exported."""
    if not path.name.endswith(SUFFIXES):
        raise ConfigurationError(f"--export is {path}, expected the name of a file that ends in .jsonl or .jsonl.gz.")
    if not path.absolute().parent.is_dir():
        raise ConfigurationError(f"--export is {path}, whose folder does not exist. Create it, or name another file.")
