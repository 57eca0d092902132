"""A teacher's potentials on disk: one safetensors file, the sentences end to end, valid for one teacher only."""

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
from skd_plugin.structures import Factorization
from skd_plugin.structures.algebra.padding import Axes

Potentials = Dict[bytes, Factorization]


def key(words: Words) -> bytes:
    """What a sentence is stored under: a digest of its words."""
    return hashlib.blake2b("\0".join(words).encode(), digest_size=16).digest()


def add(path: Path, learned: Potentials, teacher: str) -> None:
    """Saves these beside what is there already: the processes of a distributed run each bring their own sentences."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(f"{path}.lock"):
        save(path, load(path, teacher) | learned, teacher)


def save(path: Path, stored: Potentials, teacher: str) -> None:
    """Writes all sentences at once, through a second file, so that an interruption leaves the old one whole."""
    sentences = list(stored.values())
    first = sentences[0]
    given = {name: _joined(sentences, name, axes) for name, axes in first.sentence_potentials.items()}
    given |= {name: getattr(first, name) for name in first.shared_potentials}
    tensors = {name: tensor.contiguous() for name, tensor in given.items() if tensor is not None}
    tensors["lengths"] = torch.cat([sentence.lengths for sentence in sentences])
    tensors["keys"] = torch.frombuffer(bytearray(b"".join(stored)), dtype=torch.uint8)
    header = {"teacher": teacher, "factorization": type(first).__name__, "labels": json.dumps(first.labels)}
    unfinished = path.with_name(f"{path.name}.{os.getpid()}.unfinished")
    save_file(tensors, unfinished, metadata=header)
    os.replace(unfinished, path)


def load(path: Path, teacher: str) -> Potentials:
    """What was saved; nothing if there is no such file. Refuses the potentials of another teacher."""
    if not path.exists():
        return {}
    try:
        with safe_open(path, framework="pt") as file:
            header = file.metadata() or {}
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except SafetensorError as error:
        raise ConfigurationError(
            f"{path} is not a store of potentials ({error}); delete it or name another file."
        ) from error
    if header.get("teacher") != teacher:
        raise ConfigurationError(
            f"{path} holds the potentials of another teacher than the archive given. Delete it, or name another file "
            "as this teacher's `store`."
        )
    return _split(getattr(structures, header["factorization"]), tensors, json.loads(header["labels"]))


def _joined(sentences: Sequence[Factorization], name: str, axes: Axes) -> Optional[torch.Tensor]:
    """One row for each word, or each arc: what depends on a sentence's length is laid flat, the sentences joined."""
    values = [getattr(sentence, name) for sentence in sentences]
    return None if values[0] is None else torch.cat([value.flatten(0, len(axes)) for value in values])


def _split(kind: type[Factorization], tensors: Dict[str, torch.Tensor], labels: List[str]) -> Potentials:
    lengths = tensors["lengths"].tolist()
    keys = tensors["keys"].numpy().reshape(len(lengths), -1)
    shared: Dict[str, Any] = {name: tensors[name] for name in kind.shared_potentials} | {"labels": labels}
    own = {name: _apart(tensors.get(name), lengths, axes) for name, axes in kind.sentence_potentials.items()}
    own["mask"] = _apart(torch.ones(sum(lengths), dtype=torch.bool), lengths, (0,))
    return {keys[i].tobytes(): kind(**{name: own[name][i] for name in own}, **shared) for i in range(len(lengths))}


def _apart(joined: Optional[torch.Tensor], lengths: List[int], axes: Axes) -> List[Optional[torch.Tensor]]:
    if joined is None:
        return [None] * len(lengths)
    shapes = [tuple(n + extra for extra in axes) for n in lengths]
    rows = joined.split([math.prod(shape) for shape in shapes])
    return [row.view(1, *shape, *joined.shape[1:]) for row, shape in zip(rows, shapes)]
