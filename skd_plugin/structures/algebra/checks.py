"""
Checks of the arguments of every factorization: shapes, finite potentials, a right-padded mask, one distinct name per
label, ids.
"""

from __future__ import annotations

from math import isfinite
from typing import Sequence

import torch
from torch import Tensor

from skd_plugin.structures.algebra.parts import AnyParts, Parts
from skd_plugin.structures.algebra.potentials import FORBIDDEN


def check_shapes(name: str, tensor: Tensor, expected: tuple[int, ...], axes: str) -> None:
    if tuple(tensor.shape) != expected:
        raise ValueError(f"{name} has shape {tuple(tensor.shape)}, expected {expected} = ({axes}).")


def check_axes(name: str, tensor: Tensor, axes: str) -> None:
    if tensor.dim() != len(axes.split(", ")):
        raise ValueError(f"{name} has shape {tuple(tensor.shape)}, expected axes ({axes}).")


def check_finite(**potentials: Tensor | None) -> None:
    """
    Raises `ValueError` if a potential is NaN or infinite anywhere, on padding too, where NaN would reach the gradient.

    A sum is cheap. Only if it is not finite, which may be due to overflow, are the numbers looked at one by one.
    """
    given = {name: potential.detach() for name, potential in potentials.items() if potential is not None}
    # All are added up before the first is looked at, so that a GPU is waited for once.
    sums = [potential.sum() for potential in given.values()]
    if isfinite(sum([total.item() for total in sums])):
        return
    for name, potential in given.items():
        wrong = ~potential.isfinite()
        if bool(wrong.any()):
            place = tuple(wrong.nonzero()[0].tolist())
            raise ValueError(_not_finite(name, float(potential[place]), place))


def _not_finite(name: str, value: float, place: tuple[int, ...]) -> str:
    if value == -torch.inf:
        remedy = f"To forbid a part, give it the potential skd_plugin.structures.FORBIDDEN, {FORBIDDEN:g}"
    else:
        remedy = "The scores have overflowed: look at the model's weights and input, or lower the learning rate"
    return f"{name} is {value} at {list(place)}, expected finite numbers, on padding too. {remedy}."


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
