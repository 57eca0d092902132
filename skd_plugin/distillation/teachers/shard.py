"""
A file with a teacher's potentials for some thousand sentences, of which any can be read by itself.

It is a safetensors file. Its metadata have one entry, `header`, because the order of several is not the same each time
they are written. That is JSON, with

- `format`: the version of this format,
- `teacher`: the fingerprint of the teacher, such as a digest of its archive's bytes,
- `factorization`, `labels`, `settings`: the name of the class, and the arguments of its constructor that are not
  tensors, as JSON once more,
- `limits`, if there are any: the largest size of each axis that depends on the sentence's length, or null, by the name
  of the potential, as JSON once more. A span model with a maximal width gives long sentences no more widths than that,
- `checksum`: a digest of all of these, of the names, types and shapes of the tensors, and of the content of those that
  are not potentials of sentences.

Its tensors are

- `keys`: the keys of all sentences, 16 bytes each,
- `lengths`: their numbers of words, in the same order,
- `checksums`: the CRC-32 of the potentials of each sentence, in the order of their names in the class,
- one for each potential of a sentence, by its name in the class. Axes that depend on the sentence's length are
  flattened, and the sentences are concatenated without padding,
- one for each potential that all sentences share, as it is. Potentials that are None are left out.

Potentials serve every student, objective and temperature, which probabilities would not. Those of sentences may have
half precision; `FORBIDDEN` is −∞ there. So what is read is what was written, or it is refused.

Version 0.1.0 wrote the same without `format`, the checksums and, in most cases, `settings`, each as an entry of the
metadata.
"""

import hashlib
import inspect
import json
import math
import zlib
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Dict, Iterator, List, Mapping, NamedTuple, NoReturn, Optional, Sequence

import numpy as np
import torch
from allennlp.common.checks import ConfigurationError
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from skd_plugin import structures
from skd_plugin.distillation.teachers import keys
from skd_plugin.distillation.teachers.index import Keys, as_keys, as_list
from skd_plugin.distillation.teachers.precision import rounded, widened
from skd_plugin.structures import Axes, Factorization

FORMAT = "skd_plugin potentials 3"

Factorizations = Dict[bytes, Factorization]
"""For each key the teacher's distribution over the structures of that sentence, a batch of one."""

Potentials = Dict[str, Optional[Tensor]]
"""The potentials of a sentence and its mask, by their names, each a batch of one."""

Limits = List[Optional[int]]
"""For each axis that depends on the length of a sentence its largest size, or None."""

Tensors = Dict[str, Tensor]
Header = Dict[str, str]

_NEEDED = {"teacher", "factorization", "labels"}
_OF_0_1_0 = _NEEDED | {"settings"}
_REMEDY = "Delete it, or name another folder as this teacher's `store`; the teacher then reads its sentences again."


def to_bytes(factorizations: Factorizations, teacher: str, precision: torch.dtype = torch.float32) -> bytes:
    """
    The content of a file with these sentences, at least one, of the teacher with this fingerprint.

    Raises `OverflowError` if a potential is too large for half precision.
    """
    sentences = list(factorizations.values())
    first = sentences[0]
    lengths = torch.cat([sentence.lengths for sentence in sentences])
    own, limits = {}, {}
    for name, axes in first.sentence_potentials.items():
        potential = _concatenated(sentences, name, axes)
        if potential is not None:
            own[name] = rounded(potential, precision)
            limits[name] = _limits_of([getattr(sentence, name) for sentence in sentences], lengths.tolist(), axes)
    checksums = _sentence_checksums(type(first), own, lengths.tolist(), limits)
    common = {name: getattr(first, name) for name in first.shared_potentials}
    # Copies, because safetensors refuses tensors that share memory, such as tied weights.
    common = {name: tensor.contiguous().clone() for name, tensor in common.items() if tensor is not None}
    common["lengths"] = lengths
    common["keys"] = _bytes_tensor(b"".join(factorizations))
    common["checksums"] = _bytes_tensor(np.array(checksums, dtype="<u4").tobytes())
    header = {
        "format": FORMAT,
        "teacher": teacher,
        "factorization": type(first).__name__,
        "labels": json.dumps(first.labels),
        "settings": json.dumps({name: getattr(first, name) for name in first.settings}),
    }
    if any(any(limit is not None for limit in some) for some in limits.values()):
        header["limits"] = json.dumps(limits)
    layout = {name: _Layout.of(tensor) for name, tensor in (own | common).items()}
    header["checksum"] = _checksum(header, layout, common)
    return save(own | common, {"header": json.dumps(header)})


def size_of_own(sentence: Factorization, precision: torch.dtype = torch.float32) -> int:
    """The bytes of a sentence's own potentials in a file."""
    own = (getattr(sentence, name) for name in sentence.sentence_potentials)
    stored = [rounded(potential, precision) for potential in own if potential is not None]
    return sum(potential.numel() * potential.dtype.itemsize for potential in stored)


class Shard:
    """
    An opened file. Raises `ConfigurationError` if it is damaged, or not of the teacher given.

    # Parameters

    path : `Path`
    teacher : `str`
        The teacher's fingerprint.
    """

    def __init__(self, path: Path, teacher: str) -> None:
        self.path, self._teacher = path, teacher
        with _opened(path) as file:
            header = _header(file)
            names = set(file.keys())
            kind = _kind(path, header["factorization"]) if header.keys() >= _NEEDED else None
            own: Mapping[str, Axes] = kind.sentence_potentials if kind else {}
            common = {name: file.get_tensor(name).clone() for name in names - own.keys()}
            # Not through safetensors, whose memory mapping would count as memory of the process once it is read.
            self._file = path.open("rb", buffering=0)
        try:
            self._understand(header, common, own)
        except BaseException:
            self.close()
            raise

    def _understand(self, header: Header, common: Tensors, own: Mapping[str, Axes]) -> None:
        """Raises `ConfigurationError` if the file cannot be used; `common` are all tensors but those of sentences."""
        path = self.path
        self._layout = _layout(self._file)
        _check_header(path, header, self._layout, common)
        _check_teacher(path, header, self._teacher)
        self.kind = _kind(path, header["factorization"])
        if self.kind.settings and "settings" not in header:
            _refuse(
                path,
                f"was written by version 0.1.0, which did not keep the {', '.join(self.kind.settings)} of a "
                f"{self.kind.__name__}: what it holds may be another distribution than the teacher's",
            )
        with self._understood():
            self.labels = tuple(json.loads(header["labels"]))
            self.settings: Dict[str, Any] = json.loads(header.get("settings", "{}"))
            if common["lengths"].dtype != torch.int64:
                raise TypeError(f"lengths is {common['lengths'].dtype}, expected int64")
            lengths: List[int] = common["lengths"].tolist()
            # Many shards are open at once, and arrays take less memory than lists.
            self._lengths = common["lengths"].numpy()
            self._keys = _checked_keys(common["keys"], len(lengths))
            self._checksums = common["checksums"].numpy().view("<u4") if "checksums" in common else None
            self.shared = {name: common[name] for name in self.kind.shared_potentials if name in common}
            for name in (*self._own, *self.shared):
                _check_numbers(name, self._layout[name].dtype)
            self._limits: Dict[str, Limits] = json.loads(header.get("limits", "{}"))
            self._starts = {name: _starts(lengths, own[name], self._limits.get(name)) for name in self._own}
            for name, starts in self._starts.items():
                _check_rows(name, starts, self._layout[name].shape)
        if self._keys:
            # Whether the class and its arguments fit shows in any sentence.
            self.batch(self.potentials([0]))

    @property
    def arguments(self) -> "Arguments":
        return Arguments(self.kind.__name__, self.labels, self.settings)

    @property
    def precision(self) -> torch.dtype:
        """The type of the sentences' scores."""
        types = [self._layout[name].dtype for name in self._own]
        return next((dtype for dtype in types if dtype.is_floating_point), torch.float32)

    @property
    def keys(self) -> Keys:
        """The keys of its sentences, in the order of their rows."""
        return as_keys(self._keys)

    @property
    def shared_digest(self) -> bytes:
        """A digest of the potentials that all sentences share."""
        digest = hashlib.blake2b(digest_size=16)
        for name, tensor in sorted(self.shared.items()):
            digest.update(name.encode())
            digest.update(_raw(tensor))
        return digest.digest()

    @property
    def sizes(self) -> Dict[str, int]:
        """The bytes of each potential, of all sentences together, and of each that they share."""
        layouts = {name: self._layout[name] for name in (*self._own, *self.shared)}
        return {name: math.prod(layout.shape) * layout.dtype.itemsize for name, layout in layouts.items()}

    def potentials(self, rows: Sequence[int]) -> List[Potentials]:
        """The potentials of the sentences in these rows. Raises `ConfigurationError` if one is damaged."""
        with self._understood():
            return [self._potentials(row) for row in rows]

    def batch(self, potentials: Sequence[Potentials]) -> Factorization:
        """One batch of sentences that are given by their potentials, which may be those of shards like this one."""
        with self._understood():
            return self.kind.of_sentence_potentials(potentials, **self.shared, labels=self.labels, **self.settings)

    def read_all(self) -> Factorizations:
        """The distributions of all sentences."""
        rows = range(len(self.keys))
        return {name: self.batch(self.potentials([row])) for name, row in zip(as_list(self.keys), rows)}

    def close(self) -> None:
        self._file.close()

    @property
    def _own(self) -> List[str]:
        """The potentials of sentences that are there, in the order of the class."""
        return [name for name in self.kind.sentence_potentials if name in self._layout]

    def _potentials(self, row: int) -> Potentials:
        length, crc = int(self._lengths[row]), 0
        potentials: Dict[str, Optional[Tensor]] = dict.fromkeys(self.kind.sentence_potentials)
        for name in self._own:
            starts, layout = self._starts[name], self._layout[name]
            content = self._read_rows(layout, int(starts[row]), int(starts[row + 1]))
            crc = zlib.crc32(content, crc)
            axes = _sizes(length, self.kind.sentence_potentials[name], self._limits.get(name))
            flat = torch.frombuffer(content, dtype=layout.dtype) if content else torch.empty(0, dtype=layout.dtype)
            potentials[name] = widened(flat).view(1, *axes, *layout.shape[1:])
        if self._checksums is not None and crc != int(self._checksums[row]):
            _refuse(self.path, "is damaged: the checksum of a sentence is not that of its content. Check the disk")
        potentials["mask"] = torch.ones(1, length, dtype=torch.bool)
        return potentials

    def _read_rows(self, layout: "_Layout", start: int, end: int) -> bytearray:
        content = bytearray((end - start) * layout.row_bytes)
        self._file.seek(layout.offset + start * layout.row_bytes)
        view = memoryview(content)
        while view:
            count = self._file.readinto(view)
            if not count:
                _refuse(self.path, "is damaged: it is shorter than when it was opened")
            view = view[count:]
        return content

    @contextmanager
    def _understood(self) -> Iterator[None]:
        """Turns the errors of content that is not understood into one that says so."""
        try:
            yield
        except (ValueError, TypeError, LookupError, RuntimeError) as error:
            if isinstance(error, ConfigurationError):
                raise
            _refuse(
                self.path, f"does not hold what a {self.kind.__name__} is made of ({type(error).__name__}: {error})"
            )
        except OSError as error:
            raise ConfigurationError(f"{self.path} cannot be read ({error}). Check the disk.") from error


def teacher_of(path: Path) -> Optional[str]:
    """The fingerprint of the teacher that a file names; None if the file cannot be understood."""
    try:
        with _opened(path) as file:
            return _header(file).get("teacher")
    except ConfigurationError:
        return None


class Arguments(NamedTuple):
    """What the distributions of a teacher have in common: their class, labels and settings."""

    factorization: str
    labels: Sequence[str]
    settings: Dict[str, Any]

    @classmethod
    def of(cls, factorization: Factorization) -> "Arguments":
        settings = {name: getattr(factorization, name) for name in factorization.settings}
        return cls(type(factorization).__name__, factorization.labels, settings)


def kinds() -> Dict[str, type[Factorization]]:
    """The classes that can be read again, by name."""
    found = {name: vars(structures)[name] for name in structures.__all__ if name in vars(structures)}
    return {
        name: kind
        for name, kind in found.items()
        if isinstance(kind, type) and issubclass(kind, Factorization) and not inspect.isabstract(kind)
    }


class _Layout(NamedTuple):
    """The type and shape of a tensor, and where its content begins in the file."""

    dtype: torch.dtype
    shape: Sequence[int]
    offset: int = 0

    @classmethod
    def of(cls, tensor: Tensor) -> "_Layout":
        return cls(tensor.dtype, list(tensor.shape))

    @property
    def row_bytes(self) -> int:
        return self.dtype.itemsize * math.prod(self.shape[1:])


# The names of types in safetensors.
_DTYPES = {
    "F64": torch.float64,
    "F32": torch.float32,
    "F16": torch.float16,
    "BF16": torch.bfloat16,
    "I64": torch.int64,
    "I32": torch.int32,
    "U8": torch.uint8,
}


def _layout(file: Any) -> Dict[str, _Layout]:
    """Of all tensors, from the header of a safetensors file: a length of 8 bytes, and JSON."""
    size = int.from_bytes(file.read(8), "little")
    header: Dict[str, Any] = json.loads(file.read(size))
    header.pop("__metadata__", None)
    return {
        name: _Layout(_DTYPES.get(entry["dtype"], torch.bool), entry["shape"], 8 + size + entry["data_offsets"][0])
        for name, entry in header.items()
    }


def _header(file: safe_open) -> Header:
    metadata: Header = file.metadata() or {}
    if "header" not in metadata:
        return metadata
    header: Header = json.loads(metadata["header"])
    return header


@contextmanager
def _opened(path: Path) -> Iterator[safe_open]:
    try:
        with safe_open(path, framework="pt") as file:
            yield file
    except OSError as error:
        raise ConfigurationError(
            f"{path} cannot be read ({error}). Make it readable, or name another folder as this teacher's `store`."
        ) from error
    except (SafetensorError, ValueError) as error:
        _refuse(path, f"is not a file of stored potentials ({error})")


def _refuse(path: Path, fault: str) -> NoReturn:
    raise ConfigurationError(f"{path} {fault}. {_REMEDY}")


def _check_header(path: Path, header: Header, layout: Dict[str, _Layout], common: Tensors) -> None:
    """Raises `ConfigurationError` unless the format is known and the checksum is that of the content."""
    fields = header.keys()
    if _NEEDED <= fields <= _OF_0_1_0:
        return
    if header.get("format", FORMAT) != FORMAT:
        raise ConfigurationError(
            f"{path} has the format {header['format']!r}, and this version of skd_plugin reads {FORMAT!r}. Install the "
            "version of skd_plugin that wrote it, or delete it; the teacher then reads its sentences again."
        )
    if "checksum" not in fields:
        _refuse(path, f"is not a file of stored potentials (its header has {sorted(fields)})")
    content = {name: value for name, value in header.items() if name != "checksum"}
    if header["checksum"] != _checksum(content, layout, common) or not _OF_0_1_0 | {"format"} <= fields:
        _refuse(path, "is damaged: its checksum is not that of its content. Check the disk")


def _check_teacher(path: Path, header: Header, teacher: str) -> None:
    other = header.get("teacher", "")
    if other != teacher:
        raise ConfigurationError(
            f"{path} holds the potentials of another teacher (fingerprint {other[:12]}) than the one given "
            f"({teacher[:12]}). Name another folder as this teacher's `store`, or delete this store if the other "
            "teacher is no longer needed."
        )


def _checksum(header: Header, layout: Dict[str, _Layout], common: Tensors) -> str:
    digest = hashlib.sha256(json.dumps(header, sort_keys=True).encode())
    for name, of_tensor in sorted(layout.items()):
        digest.update(json.dumps([name, str(of_tensor.dtype), list(of_tensor.shape)]).encode())
    for _, tensor in sorted(common.items()):
        digest.update(_raw(tensor))
    return digest.hexdigest()


def _sentence_checksums(
    kind: type[Factorization], own: Tensors, lengths: Sequence[int], limits: Mapping[str, Limits]
) -> List[int]:
    """The CRC-32 of the potentials of each sentence; `own` has them in the order of the class."""
    checksums = [0] * len(lengths)
    for name, tensor in own.items():
        starts = _starts(lengths, kind.sentence_potentials[name], limits.get(name)) * _Layout.of(tensor).row_bytes
        content = _raw(tensor)
        for i, (start, end) in enumerate(zip(starts, starts[1:])):
            checksums[i] = zlib.crc32(content[start:end], checksums[i])
    return checksums


def _kind(path: Path, name: str) -> type[Factorization]:
    known = kinds()
    if name not in known:
        raise ConfigurationError(
            f"{path} holds distributions of the class {name!r}, but this version of skd_plugin has only "
            f"{', '.join(known)}. Install the version of skd_plugin that wrote it, or delete it; the teacher then "
            "reads its sentences again."
        )
    return known[name]


def _concatenated(sentences: Sequence[Factorization], name: str, axes: Axes) -> Optional[Tensor]:
    """A potential of all sentences: one row per word (per arc, …), shape (rows, …). None if the sentences lack it."""
    values = [getattr(sentence, name) for sentence in sentences]
    return None if values[0] is None else torch.cat([value.flatten(0, len(axes)) for value in values])


def _sizes(length: int, axes: Axes, limits: Optional[Limits]) -> List[int]:
    """The sizes of the axes that depend on the length of a sentence."""
    sizes = [length + extra for extra in axes]
    return [size if limit is None else min(size, limit) for size, limit in zip(sizes, limits or [None] * len(axes))]


def _limits_of(values: Sequence[Tensor], lengths: Sequence[int], axes: Axes) -> Limits:
    """For each axis of a potential the size that it has in long sentences, or None if it grows with their lengths."""
    limits: Limits = []
    for axis, extra in enumerate(axes, start=1):
        sizes = [(value.shape[axis], length + extra) for value, length in zip(values, lengths)]
        limits.append(max((size for size, full in sizes if size < full), default=None))
    return limits


def _starts(lengths: Sequence[int], axes: Axes, limits: Optional[Limits]) -> np.ndarray:
    """The first row of each sentence in a concatenated potential, and the number of rows."""
    if any(length < 0 for length in lengths):
        raise ValueError(f"a sentence has the negative length {min(lengths)}")
    rows = [math.prod(_sizes(length, axes, limits)) for length in lengths]
    return np.concatenate([[0], np.cumsum(rows, dtype=np.int64)])


def _raw(tensor: Tensor) -> memoryview:
    """The bytes of a tensor."""
    return tensor.contiguous().flatten().view(torch.uint8).numpy().data


def _bytes_tensor(content: bytes) -> Tensor:
    return torch.frombuffer(bytearray(content), dtype=torch.uint8)


def _checked_keys(tensor: Tensor, count: int) -> bytes:
    """All keys, one after another."""
    joined = tensor.numpy().tobytes()
    if tensor.dtype != torch.uint8 or len(joined) != count * keys.SIZE:
        raise ValueError(f"{len(joined)} bytes of keys for {count} sentences, expected {keys.SIZE} for each")
    if len(set(keys.split(joined))) < count:
        raise ValueError("a key is there twice")
    return joined


def _check_numbers(name: str, dtype: torch.dtype) -> None:
    if not (dtype.is_floating_point or dtype == torch.int64):
        raise TypeError(f"{name} is {dtype}, expected numbers of floating point, or int64")


def _check_rows(name: str, starts: np.ndarray, shape: Sequence[int]) -> None:
    if not shape or starts[-1] != shape[0]:
        raise ValueError(f"{name} has the shape {tuple(shape)}, expected {starts[-1]} rows")
