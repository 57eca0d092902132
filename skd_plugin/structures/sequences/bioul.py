"""
BIOUL tags of flat entities: B-x I-x* L-x is an entity of type x with several words, U-x one with one word, O no entity.

Labels are "BIOUL tags" if all of them have one of these forms. Types, ids and rules are functions of the labels.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import torch
from torch import Tensor

from skd_plugin.structures.algebra.labels import positions
from skd_plugin.structures.kernels.chains.viterbi import Legal


@lru_cache(maxsize=None)
def is_bioul(labels: tuple[str, ...]) -> bool:
    """Whether these labels are BIOUL tags: each is O, or B-, I-, U- or L- with a type, and not all are O."""
    return any(label != "O" for label in labels) and all(label == "O" or _is_span_tag(label) for label in labels)


def tags(types: tuple[str, ...]) -> tuple[str, ...]:
    """All BIOUL tags of these entity types."""
    return ("O", *(f"{prefix}-{type_}" for prefix in "BILU" for type_ in types))


@lru_cache(maxsize=None)
def types(labels: tuple[str, ...]) -> tuple[str, ...]:
    """The entity types of BIOUL tags, in the order in which they first appear."""
    return tuple(dict.fromkeys(label[2:] for label in labels if label != "O"))


@lru_cache(maxsize=None)
def ids(labels: tuple[str, ...], types: tuple[str, ...]) -> np.ndarray:
    """The ids of B, I, L and U of each type, shape (type, 4); −1 for tags that are not among the labels."""
    names = [f"{prefix}-{type_}" for type_ in types for prefix in "BILU"]
    return np.array(positions(names, labels), dtype=np.int64).reshape(-1, 4)


@lru_cache(maxsize=None)
def legal(labels: tuple[str, ...]) -> Legal:
    """What well-formed sequences of BIOUL tags allow. Labels that are not BIOUL tags allow every sequence."""
    if not is_bioul(labels):
        everything = np.ones(len(labels), dtype=bool)
        return Legal(np.outer(everything, everything), everything, everything)
    transitions = np.array([[_may_follow(before, after) for after in labels] for before in labels])
    start = np.array([_may_follow("O", label) for label in labels])
    end = np.array([_may_follow(label, "O") for label in labels])
    return Legal(transitions, start, end)


@lru_cache(maxsize=None)
def writable(labels: tuple[str, ...], types: tuple[str, ...]) -> np.ndarray:
    """Whether the labels can express spans of one word, of two words, and of more: bool, shape (3, type)."""
    prefixes_by_width = ("U",), ("B", "L"), ("B", "I", "L")
    return np.array(
        [
            [all(f"{prefix}-{type_}" in labels for prefix in prefixes) for type_ in types]
            for prefixes in prefixes_by_width
        ]
    )


def well_formed(ids: Tensor, mask: Tensor, labels: tuple[str, ...]) -> Tensor:
    """
    Whether each sentence has well-formed tags: bool, shape (batch,).

    `ids` are label ids, shape (batch, n), 0 on padding. The mask may exclude whole sentences.
    """
    transitions, start, end = (torch.from_numpy(allowed).to(ids.device) for allowed in legal(labels))
    follows = torch.cat([start[ids[:, :1]], transitions[ids[:, :-1], ids[:, 1:]]], 1)
    last = mask & ~torch.nn.functional.pad(mask[:, 1:], (0, 1))
    return ~((mask & ~follows) | (last & ~end[ids])).any(1)


def _is_span_tag(label: str) -> bool:
    return len(label) > 2 and label[0] in "BIUL" and label[1] == "-"


def _may_follow(before: str, after: str) -> bool:
    is_open = before[0] in "BI"
    continues = after[0] in "IL"
    return is_open == continues and (not is_open or before[2:] == after[2:])
