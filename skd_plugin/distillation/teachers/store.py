"""
Where a teacher's potentials are kept: a folder of shards, the `store` of a `Teacher`.

- `shard-*.safetensors`: some thousand sentences each (`shard`). A shard gets its name when it is whole, so a shard that
  exists is done, and an interruption loses the sentences of one shard at most. Its name is a digest of its keys: the
  same sentences have the same file, whoever writes it, so any number of processes can write into one folder.
- `plan.json`: what all shards have in common (`plan`).
- `index.safetensors`: where each sentence is (`index`). It is made from the shards, and made again if it is missing.

A store of version 0.1.0 is a single file. It is read, and never changed; what is new goes to a folder beside it, whose
name is that of the file with `.shards` at its end.
"""

import hashlib
import time
from collections import OrderedDict
from contextlib import closing, suppress
from pathlib import Path
from typing import Callable, Dict, Iterator, List, Optional, Sequence
from uuid import uuid4

import numpy as np
from allennlp.common.checks import ConfigurationError
from numpy.typing import NDArray
from torch import Tensor

from skd_plugin.compat.whole_files import UNFINISHED, whole_file
from skd_plugin.distillation.teachers.index import Index, Keys, as_keys
from skd_plugin.distillation.teachers.plan import FILE_NAME as PLAN
from skd_plugin.distillation.teachers.plan import Plan, read_plan
from skd_plugin.distillation.teachers.precision import name_of
from skd_plugin.distillation.teachers.shard import Arguments, Factorizations, Shard, kinds, teacher_of, to_bytes
from skd_plugin.structures import Factorization

SHARDS = "shard-*.safetensors"
INDEX = "index.safetensors"
OPEN_SHARDS = 64
"""How many shards are kept open. An open one takes some hundred kilobytes of memory."""

_OF_0_1_0 = "0.1.0"
_FOLDS = "folds-are-missing"
_ABANDONED_AFTER = 3600.0
"""The age in seconds of an unfinished file that nobody can still be writing."""


class Store:
    """
    The potentials of one teacher on disk. They are read when they are asked for.

    `plan` is known once the store was opened; it is None as long as nothing is stored.

    # Parameters

    path : `Path`
        The folder, which need not exist, or a file that version 0.1.0 has written.
    teacher : `str`
        The teacher's fingerprint. The potentials of another teacher are refused.
    """

    def __init__(self, path: Path, teacher: str) -> None:
        beside = path.parent / f"{path.name}.shards"
        is_of_0_1_0 = path.is_file() or (beside.is_dir() and not path.exists())
        self.path, self._folder = path, beside if is_of_0_1_0 else path
        self.teacher = teacher
        self._writer = uuid4().hex
        self.plan: Optional[Plan] = None
        self._index = Index.empty()
        self._names: List[str] = []
        self._open: "OrderedDict[int, Shard]" = OrderedDict()
        # By the numbers of shards, and what they are digests of: nearly all shards share the same.
        self._shared_digests: Dict[int, bytes] = {}
        self._shared: Dict[bytes, Dict[str, Tensor]] = {}

    @classmethod
    def found_at(cls, path: Path) -> "Store":
        """The store at a place, whoever its teacher is. Raises `ConfigurationError` if there is none."""
        store = cls(path, "")
        plan = read_plan(store._folder)
        files = store._files()
        if plan is None and not files:
            raise ConfigurationError(
                f"There is no store at {path}. Name a folder that `allennlp skd-annotate` has written, or a training "
                "with this `store` of a teacher."
            )
        # Where the plan is lost, the first shard that can be read says whose it is.
        store.teacher = plan.teacher if plan is not None else next(filter(None, map(teacher_of, files.values())), "")
        return store

    def open(self, read_only: bool = False) -> None:
        """
        Finds out what is stored. It is called again when other processes may have written more. Unless it is read only,
        an index of new shards is written for the next time.

        Raises `ConfigurationError` if the store is another teacher's, or if a shard is damaged that the index lacks.
        """
        self.plan = plan = self._checked_plan()
        files = self._files()
        sizes = {name: file.stat().st_size for name, file in files.items()}
        index = Index.read(self._folder / INDEX) if plan is not None else Index.empty()
        if not index.shards.items() <= sizes.items():
            index = Index.empty()
        new = {name: size for name, size in sizes.items() if name not in index.shards}
        if new:
            index = index.with_shards(new, [self._checked_keys(files[name]) for name in new])
        self.close()
        self._index, self._names, self._shared_digests = index, list(index.shards), {}
        if new and not read_only and self._folder.is_dir():
            # Without the index, as in a folder that cannot be written, the shards say the same.
            with suppress(OSError):
                self._write_plan_if_missing()
                index.write(self._folder / INDEX, self._writer)

    def __len__(self) -> int:
        """The number of sentences."""
        return len(self._index)

    @property
    def size(self) -> int:
        """The bytes of the files with sentences."""
        return sum(file.stat().st_size for file in self._files().values())

    def has(self, names: Keys) -> NDArray[np.bool_]:
        """Which of the sentences with these keys are stored."""
        return self._index.places(names)[:, 0] >= 0

    def shared_digests(self, names: Sequence[bytes]) -> List[bytes]:
        """
        For each of the sentences with these keys a digest of what it shares with others, such as the transitions of a
        chain; that of no bytes if it is not stored. In a cross-fitted store, each fold has its own.
        """
        numbers = self._index.places(as_keys(b"".join(names)))[:, 0].tolist()
        for number in set(numbers).difference(self._shared_digests, [-1]):
            self._shard(number)
        return [self._shared_digests.get(number, b"") for number in numbers]

    def read(self, names: Sequence[bytes]) -> Factorization:
        """
        The distributions of the sentences with these keys, which are stored, as one batch. All of them have the same
        `shared_digests`.

        Raises `ConfigurationError` if one is damaged.
        """
        places = self._index.places(as_keys(b"".join(names))).tolist()
        potentials = [self._shard(number).potentials([row])[0] for number, row in places]
        shard = self._shard(places[0][0])
        forms = [frozenset(name for name, value in some.items() if value is not None) for some in potentials]
        if len(set(forms)) == 1:
            return shard.batch(potentials)
        # A file of version 0.1.0 has a parser's relations as a table, the others have their factors.
        return shard.kind.stack([self._shard(number).batch([own]) for (number, _), own in zip(places, potentials)])

    def prepare(self) -> None:
        """
        Raises `ConfigurationError` if nothing can be written here, or if another teacher has written here meanwhile.

        To be called before the teacher reads.
        """
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            probe = self._folder / f"probe.{self._writer}{UNFINISHED}"
            probe.write_text(self.teacher)
            probe.unlink()
        except OSError as error:
            raise ConfigurationError(
                f"The store {self._folder} cannot be written ({error}). Name a folder that can be written. A training "
                "whose sentences are all stored only reads it, and one without the option `store` keeps the potentials "
                "in memory."
            ) from error
        self.open()
        self._remove_abandoned()

    def begin(self, plan: Plan) -> None:
        """Writes the plan. Raises `OSError`."""
        plan.write(self._folder, self._writer)
        self.plan = plan

    def begin_folds(self) -> None:
        """Marks the store as one that `allennlp skd-cross-fit` fills. Until `end_folds`, no student learns from it."""
        (self._folder / _FOLDS).touch()

    def end_folds(self) -> None:
        """Every sentence has been read by the teacher of its fold."""
        (self._folder / _FOLDS).unlink(missing_ok=True)

    @property
    def lacks_folds(self) -> bool:
        """Whether sentences are missing that the teachers of folds have still to read."""
        return (self._folder / _FOLDS).exists()

    def refuse_missing_folds(self) -> None:
        """Raises `ConfigurationError` if it lacks folds."""
        if self.lacks_folds:
            raise ConfigurationError(
                f"The store {self._folder} is being filled by `allennlp skd-cross-fit`, which has not finished: the "
                "teacher would read its own training sentences in the place of those of the folds. Run that command "
                "again, which goes on where it was, or name another folder."
            )

    def check(self, factorization: Factorization) -> None:
        """Raises `ConfigurationError` if distributions of this kind cannot be kept here."""
        _check_readable(type(factorization))
        self._check_alike(Arguments.of(factorization), "The teacher gives")

    def write(self, factorizations: Factorizations) -> None:
        """
        Writes a shard of these sentences, if there are any, in the precision of the plan. `open` then finds them.

        Raises `OSError`, or `ConfigurationError` for distributions that cannot be kept here.
        """
        if not factorizations:
            return
        # Another process may have begun the store meanwhile.
        self.plan = self._checked_plan() or self.plan
        factorization = next(iter(factorizations.values()))
        self.check(factorization)
        if self.plan is None:
            self.begin(Plan(self.teacher, Arguments.of(factorization)))
        assert self.plan is not None
        name = hashlib.blake2b(b"".join(sorted(factorizations)), digest_size=16).hexdigest()
        try:
            content = to_bytes(factorizations, self.teacher, self.plan.dtype)
        except OverflowError as error:
            raise ConfigurationError(
                f"{error} Name another folder as the store. A training begins it in float32, and `allennlp "
                "skd-annotate` with --dtype bfloat16 or float32."
            ) from error
        with whole_file(self._folder / SHARDS.replace("*", name), self._writer) as unfinished:
            Path(unfinished).write_bytes(content)

    def shards(self) -> Iterator[Shard]:
        """All of them, opened one after another. Raises `ConfigurationError` if one is damaged."""
        return map(self._shard, range(len(self._names)))

    def close(self) -> None:
        """Closes the files that are open. What is asked for later opens them again."""
        while self._open:
            self._open.popitem()[1].close()

    def faults(self, report: Optional[Callable[[int], object]] = None) -> List[str]:
        """
        What is wrong with its files: every sentence is read, and every checksum compared. Empty if nothing is.

        # Parameters

        report : `Callable[[int], object]`, optional
            Is told of each file how many bytes it has.
        """
        faults, keys, sizes = [], {}, {}
        try:
            self.plan = read_plan(self._folder)
        except ConfigurationError as error:
            faults.append(error.message)
        for name, file in self._files().items():
            sizes[name] = file.stat().st_size
            try:
                with closing(Shard(file, self.teacher)) as shard:
                    keys[name] = shard.keys
                    self._check_alike(shard.arguments, f"{file} holds")
                    for row in range(len(shard.keys)):
                        shard.batch(shard.potentials([row]))
            except ConfigurationError as error:
                faults.append(error.message)
            if report is not None:
                report(sizes[name])
        index = Index.read(self._folder / INDEX)
        # An index that lacks files, or has some that are gone, is made again when the store is opened.
        is_used = index.shards.items() <= sizes.items() and index.shards.keys() <= keys.keys()
        if is_used and not index.finds([keys[name] for name in index.shards]):
            faults.append(
                f"{self._folder / INDEX} does not say where the sentences are. Delete it: it is made again from the "
                "shards."
            )
        return faults

    def _files(self) -> Dict[str, Path]:
        of_0_1_0 = {_OF_0_1_0: self.path} if self.path.is_file() else {}
        return of_0_1_0 | {file.name: file for file in sorted(self._folder.glob(SHARDS))}

    def _checked_plan(self) -> Optional[Plan]:
        """The plan in the folder, if there is one. Raises `ConfigurationError` if it is another teacher's."""
        plan = read_plan(self._folder)
        if plan is not None and plan.teacher != self.teacher:
            raise ConfigurationError(
                f"The store {self._folder} holds the potentials of another teacher (fingerprint {plan.teacher[:12]}) "
                f"than the one given ({self.teacher[:12]}). Name another folder as this teacher's `store`, or "
                "delete this store if the other teacher is no longer needed."
            )
        return plan

    def _checked_keys(self, file: Path) -> Keys:
        shard = Shard(file, self.teacher)
        shard.close()
        self._check_alike(shard.arguments, f"{file} holds")
        if self.plan is None:
            self.plan = Plan(self.teacher, shard.arguments, name_of(shard.precision))
        return shard.keys

    def _check_alike(self, arguments: Arguments, subject: str) -> None:
        """Raises `ConfigurationError` if distributions cannot be in one batch with those that are stored."""
        if self.plan is not None and arguments != self.plan.arguments:
            raise ConfigurationError(
                f"{subject} distributions of another class, or with other labels or settings, than the store "
                f"{self._folder} does ({arguments.factorization} with {len(arguments.labels)} labels, and "
                f"{self.plan.arguments.factorization} with {len(self.plan.arguments.labels)}). Delete the file that "
                "does not belong there, or name another folder as this teacher's `store`."
            )

    def _shard(self, number: int) -> Shard:
        if number not in self._open:
            name = self._names[number]
            path = self.path if name == _OF_0_1_0 else self._folder / name
            shard = Shard(path, self.teacher)
            digest = self._shared_digests[number] = shard.shared_digest
            shard.shared = self._shared.setdefault(digest, shard.shared)
            self._open[number] = shard
            if len(self._open) > OPEN_SHARDS:
                self._open.popitem(last=False)[1].close()
        self._open.move_to_end(number)
        return self._open[number]

    def _write_plan_if_missing(self) -> None:
        if self.plan is not None and not (self._folder / PLAN).exists():
            self.begin(self.plan)

    def _remove_abandoned(self) -> None:
        """Removes what killed processes have left."""
        for file in self._folder.glob(f"*{UNFINISHED}"):
            with suppress(OSError):  # another process may be faster
                if time.time() - file.stat().st_mtime > _ABANDONED_AFTER:
                    file.unlink()


def _check_readable(kind: type[Factorization]) -> None:
    if kinds().get(kind.__name__) is not kind:
        raise ConfigurationError(
            f"The teacher gives distributions of the class {kind.__module__}.{kind.__name__}, which a store cannot "
            f"keep, because it could not be read again; it keeps {', '.join(kinds())}. Leave out this teacher's "
            "`store`."
        )
