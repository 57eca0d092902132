"""
How a teacher's output is stored: as potentials, in one safetensors file per teacher.

Where: the file that `store` of a `Teacher` names. Without that option the potentials stay in memory.

Key: a digest of the sentence's words (`key`). The header of the file has the fingerprint of the teacher's archive, a
digest of its bytes; a file of another teacher is refused.

Format: the header also has the name of the factorization's class, its labels and its settings. The file has these
tensors:

- `keys`: the keys of all sentences, 16 bytes each.
- `lengths`: their numbers of words, in the same order.
- One tensor for each potential of a sentence, by its name in the class. Axes that depend on the sentence's length are
  flattened, and the sentences are concatenated without padding.
- One tensor for each potential that all sentences share, as it is.

Potentials serve every student, objective and temperature, which probabilities would not.
"""

import hashlib
import json
import math
import os
from pathlib import Path
from typing import Any, Dict, List, Optional, Sequence

import torch
from allennlp.common.checks import ConfigurationError
from filelock import FileLock
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file

from skd_plugin import structures
from skd_plugin.distillation.teachers.model import Words
from skd_plugin.structures import Axes, Factorization

Factorizations = Dict[bytes, Factorization]
"""For each key the teacher's distribution over the structures of that sentence, a batch of one."""


def key(words: Words) -> bytes:
    """The key of a sentence: a digest of its words."""
    return hashlib.blake2b("\0".join(words).encode(), digest_size=16).digest()


def add(path: Path, factorizations: Factorizations, teacher: str) -> None:
    """
    Saves these beside what is in the file already.

    The file is locked meanwhile, because each process of a distributed run adds its own sentences.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(f"{path}.lock"):
        save(path, load(path, teacher) | factorizations, teacher)


def save(path: Path, factorizations: Factorizations, teacher: str) -> None:
    """
    Writes a new file with these sentences.

    It is written under another name and then renamed, so that an interruption leaves the old file whole.
    """
    sentences = list(factorizations.values())
    first = sentences[0]
    potentials = {name: _concatenated(sentences, name, axes) for name, axes in first.sentence_potentials.items()}
    potentials |= {name: getattr(first, name) for name in first.shared_potentials}
    tensors = {name: tensor.contiguous() for name, tensor in potentials.items() if tensor is not None}
    tensors["lengths"] = torch.cat([sentence.lengths for sentence in sentences])
    tensors["keys"] = torch.frombuffer(bytearray(b"".join(factorizations)), dtype=torch.uint8)
    header = {
        "teacher": teacher,
        "factorization": type(first).__name__,
        "labels": json.dumps(first.labels),
        "settings": json.dumps({name: getattr(first, name) for name in first.settings}),
    }
    unfinished = path.with_name(f"{path.name}.{os.getpid()}.unfinished")
    save_file(tensors, unfinished, metadata=header)
    os.replace(unfinished, path)


def load(path: Path, teacher: str) -> Factorizations:
    """What was saved; empty if there is no such file. Raises `ConfigurationError` for the file of another teacher."""
    if not path.exists():
        return {}
    try:
        with safe_open(path, framework="pt") as file:
            header = file.metadata() or {}
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except SafetensorError as error:
        raise ConfigurationError(
            f"{path} is not a store of potentials ({error}). Delete it, or name another file as this teacher's `store`."
        ) from error
    if header.get("teacher") != teacher:
        raise ConfigurationError(
            f"{path} holds the potentials of another teacher than the archive given. Delete it, or name another file "
            "as this teacher's `store`."
        )
    kind = getattr(structures, header["factorization"])
    if kind.settings and "settings" not in header:
        raise ConfigurationError(
            f"{path} was written by version 0.1.0, which did not keep the {', '.join(kind.settings)} of a "
            f"{kind.__name__}: what it holds may be another distribution than the teacher's. Delete it; the teacher "
            "then reads the sentences again."
        )
    arguments = {"labels": json.loads(header["labels"]), **json.loads(header.get("settings", "{}"))}
    return _sentences(kind, tensors, arguments)


def _concatenated(sentences: Sequence[Factorization], name: str, axes: Axes) -> Optional[torch.Tensor]:
    """A potential of all sentences: one row per word (per arc, …), shape (rows, …). None if the sentences lack it."""
    values = [getattr(sentence, name) for sentence in sentences]
    return None if values[0] is None else torch.cat([value.flatten(0, len(axes)) for value in values])


def _sentences(
    kind: type[Factorization], tensors: Dict[str, torch.Tensor], arguments: Dict[str, Any]
) -> Factorizations:
    """The inverse of `save`; `arguments` are those of the constructor that are not tensors."""
    lengths = tensors["lengths"].tolist()
    keys = tensors["keys"].numpy().reshape(len(lengths), -1)
    shared: Dict[str, Any] = {name: tensors[name] for name in kind.shared_potentials} | arguments
    own = {name: _separated(tensors.get(name), lengths, axes) for name, axes in kind.sentence_potentials.items()}
    own["mask"] = _separated(torch.ones(sum(lengths), dtype=torch.bool), lengths, (0,))
    return {keys[i].tobytes(): kind(**{name: own[name][i] for name in own}, **shared) for i in range(len(lengths))}


def _separated(rows: Optional[torch.Tensor], lengths: List[int], axes: Axes) -> List[Optional[torch.Tensor]]:
    """The inverse of `_concatenated`: one tensor per sentence, each a batch of one."""
    if rows is None:
        return [None] * len(lengths)
    shapes = [tuple(n + extra for extra in axes) for n in lengths]
    parts = rows.split([math.prod(shape) for shape in shapes])
    return [part.view(1, *shape, *rows.shape[1:]) for part, shape in zip(parts, shapes)]
