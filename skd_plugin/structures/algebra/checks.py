"""Checks of the arguments of every factorization: shapes, a right-padded mask, one distinct name per label, ids."""

from __future__ import annotations

from typing import Sequence

import torch
from torch import Tensor

from skd_plugin.structures.algebra.part_spaces import AnyParts, Parts


def check_shapes(name: str, tensor: Tensor, expected: tuple[int, ...], axes: str) -> None:
    if tuple(tensor.shape) != expected:
        raise ValueError(f"{name} has shape {tuple(tensor.shape)}, expected {expected} = ({axes}).")


def check_axes(name: str, tensor: Tensor, axes: str) -> None:
    if tensor.dim() != len(axes.split(", ")):
        raise ValueError(f"{name} has shape {tuple(tensor.shape)}, expected axes ({axes}).")


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


def check_labels(labels: tuple[str, ...], axis_size: int) -> None:
    if len(labels) != axis_size:
        raise ValueError(
            f"{len(labels)} labels were given for a label axis of {axis_size}; give one name for each entry."
        )
    if len(set(labels)) != len(labels):
        raise ValueError(f"The labels {labels} are not distinct; teacher and student are aligned by label name.")


def check_ids(name: str, ids: Tensor, allowed: Sequence[int]) -> None:
    """Raises `ValueError` unless all ids are in `allowed`, a range of consecutive integers."""
    if bool(((ids < allowed[0]) | (ids > allowed[-1])).any()):
        wrong_ids = sorted(set(ids.unique().tolist()) - set(allowed))
        raise ValueError(f"The {name} {wrong_ids} are not among {allowed[0]} to {allowed[-1]}.")
