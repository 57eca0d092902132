"""
A file with a teacher's potentials for some thousand sentences. It is read as it was written, or refused.

It is a safetensors file. Its header has

- `format`: the version of this format,
- `teacher`: the fingerprint of the teacher's archive, a digest of its bytes,
- `factorization`, `labels`, `settings`: the name of the class, and the arguments of its constructor that are not
  tensors, as JSON,
- `checksum`: a digest of all of these and of the tensors, their names, types and shapes.

Its tensors are

- `keys`: the keys of all sentences, 16 bytes each,
- `lengths`: their numbers of words, in the same order,
- one for each potential of a sentence, by its name in the class. Axes that depend on the sentence's length are
  flattened, and the sentences are concatenated without padding,
- one for each potential that all sentences share, as it is. Potentials that are None are left out.

Potentials serve every student, objective and temperature, which probabilities would not.

Version 0.1.0 wrote the same without `format`, `checksum` and, in most cases, `settings`.
"""

import hashlib
import inspect
import json
import math
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Dict, Iterator, List, NoReturn, Optional, Sequence

import torch
from allennlp.common.checks import ConfigurationError
from safetensors import SafetensorError, safe_open
from safetensors.torch import save

from skd_plugin import structures
from skd_plugin.distillation.teachers import keys
from skd_plugin.structures import Axes, Factorization

FORMAT = "skd_plugin potentials 2"

Factorizations = Dict[bytes, Factorization]
"""For each key the teacher's distribution over the structures of that sentence, a batch of one."""

Tensors = Dict[str, torch.Tensor]
Header = Dict[str, str]

_NEEDED = {"teacher", "factorization", "labels"}
_OF_0_1_0 = _NEEDED | {"settings"}
_REMEDY = "Delete it, or name another folder as this teacher's `store`; the teacher then reads its sentences again."


def to_bytes(factorizations: Factorizations, teacher: str) -> bytes:
    """The content of a file with these sentences, at least one, of the teacher with this fingerprint."""
    sentences = list(factorizations.values())
    first = sentences[0]
    potentials = {name: _concatenated(sentences, name, axes) for name, axes in first.sentence_potentials.items()}
    potentials |= {name: getattr(first, name) for name in first.shared_potentials}
    # Copies, because safetensors refuses tensors that share memory, such as tied weights.
    tensors = {name: tensor.contiguous().clone() for name, tensor in potentials.items() if tensor is not None}
    tensors["lengths"] = torch.cat([sentence.lengths for sentence in sentences])
    tensors["keys"] = torch.frombuffer(bytearray(b"".join(factorizations)), dtype=torch.uint8)
    header = {
        "format": FORMAT,
        "teacher": teacher,
        "factorization": type(first).__name__,
        "labels": json.dumps(first.labels),
        "settings": json.dumps({name: getattr(first, name) for name in first.settings}),
    }
    return save(tensors, {**header, "checksum": _checksum(header, tensors)})


def read(path: Path, teacher: str) -> Factorizations:
    """The sentences in a file. Raises `ConfigurationError` if it is damaged, or not of the teacher given."""
    with _opened(path) as file:
        header = file.metadata() or {}
        tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    _check_whole(path, header, tensors)
    _check_teacher(path, header, teacher)
    kind = _kind(path, header["factorization"])
    if kind.settings and "settings" not in header:
        _refuse(
            path,
            f"was written by version 0.1.0, which did not keep the {', '.join(kind.settings)} of a {kind.__name__}: "
            "what it holds may be another distribution than the teacher's",
        )
    try:
        arguments = {"labels": json.loads(header["labels"]), **json.loads(header.get("settings", "{}"))}
        return _sentences(kind, tensors, arguments)
    except (ValueError, TypeError, LookupError, RuntimeError) as error:
        _refuse(path, f"does not hold what a {kind.__name__} is made of ({type(error).__name__}: {error})")


def check_teacher(path: Path, teacher: str) -> None:
    """Raises `ConfigurationError` if the file is not of the teacher given. Only its header is read."""
    with _opened(path) as file:
        header = file.metadata() or {}
    _check_teacher(path, header, teacher)


def kinds() -> Dict[str, type[Factorization]]:
    """The classes that can be read again, by name."""
    found = {name: vars(structures)[name] for name in structures.__all__ if name in vars(structures)}
    return {
        name: kind
        for name, kind in found.items()
        if isinstance(kind, type) and issubclass(kind, Factorization) and not inspect.isabstract(kind)
    }


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


def _check_whole(path: Path, header: Header, tensors: Tensors) -> None:
    """Raises `ConfigurationError` unless the format is known and everything is as it was written."""
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
    if header["checksum"] != _checksum(content, tensors) or not _OF_0_1_0 | {"format"} <= fields:
        _refuse(path, "is damaged: its checksum is not that of its content. Check the disk")


def _check_teacher(path: Path, header: Header, teacher: str) -> None:
    other = header.get("teacher", "")
    if other != teacher:
        raise ConfigurationError(
            f"{path} holds the potentials of another teacher (fingerprint {other[:12]}) than the archive given "
            f"({teacher[:12]}). Name another folder as this teacher's `store`, or delete this store if the other "
            "teacher is no longer needed."
        )


def _checksum(header: Header, tensors: Tensors) -> str:
    digest = hashlib.sha256(json.dumps(header, sort_keys=True).encode())
    for name, tensor in sorted(tensors.items()):
        digest.update(json.dumps([name, str(tensor.dtype), list(tensor.shape)]).encode())
        digest.update(tensor.contiguous().flatten().view(torch.uint8).numpy().data)
    return digest.hexdigest()


def _kind(path: Path, name: str) -> type[Factorization]:
    known = kinds()
    if name not in known:
        raise ConfigurationError(
            f"{path} holds distributions of the class {name!r}, but this version of skd_plugin has only "
            f"{', '.join(known)}. Install the version of skd_plugin that wrote it, or delete it; the teacher then "
            "reads its sentences again."
        )
    return known[name]


def _concatenated(sentences: Sequence[Factorization], name: str, axes: Axes) -> Optional[torch.Tensor]:
    """A potential of all sentences: one row per word (per arc, …), shape (rows, …). None if the sentences lack it."""
    values = [getattr(sentence, name) for sentence in sentences]
    return None if values[0] is None else torch.cat([value.flatten(0, len(axes)) for value in values])


def _sentences(kind: type[Factorization], tensors: Tensors, arguments: Dict[str, Any]) -> Factorizations:
    """The inverse of `to_bytes`; `arguments` are those of the constructor that are not tensors."""
    lengths: List[int] = tensors["lengths"].tolist()
    names = _keys(tensors["keys"], len(lengths))
    present = [name for name in kind.shared_potentials if name in tensors]
    shared: Dict[str, Any] = {name: _potential(tensors, name) for name in present} | arguments
    own = {
        name: _separated(_potential(tensors, name) if name in tensors else None, lengths, axes)
        for name, axes in kind.sentence_potentials.items()
    }
    own["mask"] = _separated(torch.ones(sum(lengths), dtype=torch.bool), lengths, (0,))
    sentences = ({name: own[name][i] for name in own} for i in range(len(lengths)))
    return {name: kind.of_potentials(**potentials, **shared) for name, potentials in zip(names, sentences)}


def _keys(tensor: torch.Tensor, count: int) -> List[bytes]:
    joined = tensor.numpy().tobytes()
    if tensor.dtype != torch.uint8 or len(joined) != count * keys.SIZE:
        raise ValueError(f"{len(joined)} bytes of keys for {count} sentences, expected {keys.SIZE} for each")
    names = [joined[start : start + keys.SIZE] for start in range(0, len(joined), keys.SIZE)]
    if len(set(names)) < count:
        raise ValueError("a key is there twice")
    return names


def _potential(tensors: Tensors, name: str) -> torch.Tensor:
    tensor = tensors[name]
    if not (tensor.is_floating_point() or tensor.dtype == torch.int64):
        raise TypeError(f"{name} is {tensor.dtype}, expected numbers of floating point, or int64")
    return tensor


def _separated(rows: Optional[torch.Tensor], lengths: List[int], axes: Axes) -> List[Optional[torch.Tensor]]:
    """The inverse of `_concatenated`: one tensor per sentence, each a batch of one."""
    if rows is None:
        return [None] * len(lengths)
    shapes = [tuple(n + extra for extra in axes) for n in lengths]
    parts = rows.split([math.prod(shape) for shape in shapes])
    return [part.view(1, *shape, *rows.shape[1:]) for part, shape in zip(parts, shapes)]
