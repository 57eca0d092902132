"""
Where a teacher's potentials are kept between runs: a folder of shards, the `store` of a `Teacher`.

A shard is a file of some thousand sentences (`shard`), written while the teacher reads. It gets its name when it is
whole, so a shard that exists is whole, and an interruption loses the sentences of one shard at most. Its name is a
digest of its keys, so the processes of a distributed run can write to one folder without knowing of each other.

A store of version 0.1.0 is a single file. It is read, and never changed; new shards go to a folder beside it, whose
name is that of the file with `.shards` at its end.
"""

import hashlib
import logging
import time
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import Any, Tuple
from uuid import uuid4

import torch
from allennlp.common.checks import ConfigurationError

from skd_plugin.compat.whole_files import UNFINISHED, whole_file
from skd_plugin.distillation.teachers import shard
from skd_plugin.distillation.teachers.shard import Factorizations
from skd_plugin.structures import Factorization

logger = logging.getLogger(__name__)

MAX_SENTENCES = 4096
MAX_BYTES = 1 << 26
"""A shard is written as soon as it has so many sentences or bytes."""

SHARDS = "shard-*.safetensors"
_ABANDONED_AFTER = 3600.0
"""The age in seconds of an unfinished file that nobody can still be writing."""


class Store:
    """
    The potentials of one teacher on disk.

    # Parameters

    path : `Path`
        The folder, which need not exist, or a file that version 0.1.0 has written.
    teacher : `str`
        The fingerprint of the teacher's archive. The potentials of another teacher are refused.
    """

    def __init__(self, path: Path, teacher: str) -> None:
        beside = path.parent / f"{path.name}.shards"
        is_of_0_1_0 = path.is_file() or (beside.is_dir() and not path.exists())
        self._path, self._folder = path, beside if is_of_0_1_0 else path
        self._teacher = teacher
        self._pending: Factorizations = {}
        self._pending_bytes = 0

    def load(self) -> Factorizations:
        """All that is stored. Raises `ConfigurationError` if a file is damaged, or not of this teacher."""
        files = [self._path] if self._path.is_file() else []
        stored: Factorizations = {}
        for file in [*files, *sorted(self._folder.glob(SHARDS))]:
            sentences = shard.read(file, self._teacher)
            _check_alike(file, stored, sentences)
            stored |= sentences
        return stored

    def prepare(self) -> None:
        """
        Raises `ConfigurationError` if nothing can be written here, or if another teacher has written here meanwhile.

        To be called before the teacher reads.
        """
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            probe = self._folder / f"probe.{uuid4().hex}{UNFINISHED}"
            probe.write_text(shard.FORMAT)
            probe.unlink()
        except OSError as error:
            raise ConfigurationError(
                f"The store {self._folder} cannot be written ({error}), but the teacher has sentences to read that are "
                "not in it. Name a folder that can be written as this teacher's `store`, or leave the option out to "
                "keep the potentials in memory only."
            ) from error
        for file in self._folder.glob(SHARDS):
            shard.check_teacher(file, self._teacher)
        self._remove_abandoned()

    def add(self, factorizations: Factorizations) -> None:
        """Keeps these too. They are written in shards, the last of them by `flush`."""
        for kind in set(map(type, factorizations.values())):
            _check_readable(kind)
        for key, factorization in factorizations.items():
            self._pending[key] = factorization
            self._pending_bytes += _size(factorization)
            if len(self._pending) >= MAX_SENTENCES or self._pending_bytes >= MAX_BYTES:
                self.flush()

    def flush(self) -> None:
        """Writes what is not written yet. If that fails there is a warning, because training can go on without."""
        pending, self._pending, self._pending_bytes = self._pending, {}, 0
        if not pending:
            return
        name = hashlib.blake2b(b"".join(sorted(pending)), digest_size=16).hexdigest()
        try:
            with whole_file(self._folder / SHARDS.replace("*", name), writer=uuid4().hex) as unfinished:
                Path(unfinished).write_bytes(shard.to_bytes(pending, self._teacher))
        except OSError as error:
            logger.warning(
                "The store %s cannot be written (%s). The potentials of %d sentences stay in memory for this run only, "
                "which goes on; the next run reads these sentences again. Free some space, or name another folder as "
                "this teacher's `store`.",
                self._folder,
                error,
                len(pending),
            )

    def _remove_abandoned(self) -> None:
        """Removes what killed processes have left."""
        for file in self._folder.glob(f"*{UNFINISHED}"):
            with suppress(OSError):  # another process may be faster
                if time.time() - file.stat().st_mtime > _ABANDONED_AFTER:
                    file.unlink()


def _size(factorization: Factorization) -> int:
    """The bytes of a sentence's own potentials."""
    values = (getattr(factorization, name) for name in factorization.sentence_potentials)
    return sum(value.nbytes for value in values if isinstance(value, torch.Tensor))


def _check_readable(kind: type[Factorization]) -> None:
    if shard.kinds().get(kind.__name__) is not kind:
        raise ConfigurationError(
            f"The teacher gives distributions of the class {kind.__module__}.{kind.__name__}, which a store cannot "
            f"keep, because it could not be read again; it keeps {', '.join(shard.kinds())}. Leave out this teacher's "
            "`store`."
        )


def _check_alike(file: Path, stored: Factorizations, sentences: Factorizations) -> None:
    """Raises `ConfigurationError` if the file's distributions cannot be in one batch with those before."""
    for one, other in zip(islice(stored.values(), 1), sentences.values()):
        if _arguments(one) != _arguments(other):
            raise ConfigurationError(
                f"{file} holds distributions of another class, or with other labels or settings, than the files that "
                "were read before it in this store. Delete it; the teacher then reads its sentences again."
            )


def _arguments(factorization: Factorization) -> Tuple[Any, ...]:
    settings = (getattr(factorization, name) for name in factorization.settings)
    return (type(factorization), factorization.labels, *settings)
