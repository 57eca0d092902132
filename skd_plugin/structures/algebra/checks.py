"""What every factorization checks of what it is given: shapes, a right-padded mask, one distinct name a label."""

from __future__ import annotations

from typing import Sequence

import torch
from torch import Tensor

from skd_plugin.structures.algebra.part_spaces import AnyParts, Parts


def at_least_float32(potentials: Tensor) -> Tensor:
    return potentials.float() if potentials.dtype in (torch.float16, torch.bfloat16) else potentials


def check_shapes(name: str, given: Tensor, expected: tuple[int, ...], axes: str) -> None:
    if tuple(given.shape) != expected:
        raise ValueError(f"{name} has shape {tuple(given.shape)}, expected {expected} = ({axes}).")


def check_axes(name: str, given: Tensor, axes: str) -> None:
    if given.dim() != len(axes.split(", ")):
        raise ValueError(f"{name} has shape {tuple(given.shape)}, expected axes ({axes}).")


def check_mask(mask: Tensor, batch: int, length: int) -> None:
    check_shapes("mask", mask, (batch, length), "batch, n")
    if mask.dtype != torch.bool:
        raise ValueError(f"mask has dtype {mask.dtype}, expected torch.bool; use mask.bool().")
    if length > 1 and bool((mask[:, 1:] > mask[:, :-1]).any()):
        raise ValueError("mask is not right-padded: a word follows padding. Put all padding at the end of each row.")


def check_parts(expected: Parts, kind: type[AnyParts]) -> AnyParts:
    if not isinstance(expected, kind):
        raise TypeError(
            f"Expected parts are {type(expected).__name__}, but this factorization's parts are {kind.__name__}; "
            "use project(teacher, student)."
        )
    return expected


def check_labels(labels: tuple[str, ...], size: int) -> None:
    if len(labels) != size:
        raise ValueError(f"{len(labels)} labels were given for a label axis of {size}; give one name for each entry.")
    if len(set(labels)) != len(labels):
        raise ValueError(f"The labels {labels} are not distinct; teacher and student are aligned by label name.")


def check_ids(name: str, ids: Tensor, allowed: Sequence[int]) -> None:
    """Raises unless every one of `ids` is among `allowed`, a range that begins at its first and ends at its last."""
    if bool(((ids < allowed[0]) | (ids > allowed[-1])).any()):
        given = sorted(set(ids.unique().tolist()) - set(allowed))
        raise ValueError(f"The {name} {given} are not among {allowed[0]} to {allowed[-1]}.")
