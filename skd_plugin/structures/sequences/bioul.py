"""BIOUL tags of flat entities: B-x I-x* L-x is a longer span of type x, U-x a short one, O none (BIOES: E, S)."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import torch
from torch import Tensor

from skd_plugin.structures.algebra.labels import positions
from skd_plugin.structures.kernels.chains.viterbi import Legal


@lru_cache(maxsize=None)
def is_bioul(labels: tuple[str, ...]) -> bool:
    """Whether these labels are BIOUL tags: each is O or B-, I-, U-, L- with a type, and there is more than O."""
    return any(label != "O" for label in labels) and all(label == "O" or _is_span_tag(label) for label in labels)


@lru_cache(maxsize=None)
def legal(labels: tuple[str, ...]) -> Legal:
    """What a well-formed sequence over `labels` may do; everything, unless the labels are BIOUL tags."""
    if not is_bioul(labels):
        free = np.ones(len(labels), dtype=bool)
        return Legal(np.outer(free, free), free, free)
    transitions = np.array([[_may_follow(before, after) for after in labels] for before in labels])
    start = np.array([_may_follow("O", label) for label in labels])
    end = np.array([_may_follow(label, "O") for label in labels])
    return Legal(transitions, start, end)


def _is_span_tag(label: str) -> bool:
    return len(label) > 2 and label[0] in "BIUL" and label[1] == "-"


def _may_follow(before: str, after: str) -> bool:
    inside = before[0] in "BI"
    continues = after[0] in "IL"
    return inside == continues and (not inside or before[2:] == after[2:])


def types(labels: tuple[str, ...]) -> tuple[str, ...]:
    """The entity types of BIOUL tags, in the order in which they appear."""
    return tuple(dict.fromkeys(label[2:] for label in labels if label != "O"))


def tags(types: tuple[str, ...]) -> tuple[str, ...]:
    """All BIOUL tags of these entity types."""
    return ("O", *(f"{prefix}-{kind}" for prefix in "BILU" for kind in types))


def ids(labels: tuple[str, ...], types: tuple[str, ...]) -> np.ndarray:
    """Where B, I, L and U of each type are among the labels, shape (type, 4); −1 for tags that are not there."""
    names = [f"{prefix}-{kind}" for kind in types for prefix in "BILU"]
    return np.array(positions(names, labels), dtype=np.int64).reshape(-1, 4)


def writable(labels: tuple[str, ...], types: tuple[str, ...]) -> np.ndarray:
    """Whether these tags can write a span of one word, of two, and of more: boolean, shape (3, number of types)."""
    needed = ("U",), ("B", "L"), ("B", "I", "L")
    return np.array([[all(f"{prefix}-{kind}" in labels for prefix in span) for kind in types] for span in needed])


def well_formed(ids: Tensor, mask: Tensor, labels: tuple[str, ...]) -> Tensor:
    """Of label ids (batch, n), 0 on padding: bool, shape (batch,). The mask may leave out whole sentences."""
    steps, start, end = (torch.from_numpy(allowed).to(ids.device) for allowed in legal(labels))
    follows = torch.cat([start[ids[:, :1]], steps[ids[:, :-1], ids[:, 1:]]], 1)
    last = mask & ~torch.nn.functional.pad(mask[:, 1:], (0, 1))
    return ~((mask & ~follows) | (last & ~end[ids])).any(1)
