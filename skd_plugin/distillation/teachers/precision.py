"""The precision of stored potentials: float32 is exact, the others take half the space."""

from typing import Dict

import torch
from torch import Tensor

from skd_plugin.structures import FORBIDDEN

PRECISIONS: Dict[str, torch.dtype] = {
    "float32": torch.float32,
    "float16": torch.float16,
    "bfloat16": torch.bfloat16,
}
"""By the names that `allennlp skd-annotate --dtype` takes."""

HALVES = (torch.float16, torch.bfloat16)


def name_of(dtype: torch.dtype) -> str:
    """The name of the precision of scores of this type."""
    return next((name for name, half in PRECISIONS.items() if half == dtype), "float32")


def rounded(potential: Tensor, precision: torch.dtype) -> Tensor:
    """
    Scores in half precision, if that is wanted, with −∞ in the place of `FORBIDDEN`; other potentials as they are.

    Raises `OverflowError` if a score is too large.
    """
    if precision not in HALVES or not potential.is_floating_point():
        return potential
    forbidden = potential <= FORBIDDEN / 2
    half = potential.masked_fill(forbidden, 0).to(precision)
    if not half.isfinite().all():
        largest = potential.masked_fill(forbidden, 0).abs().max().item()
        raise OverflowError(
            f"A potential of the teacher is {largest:.3g}, too large for {name_of(precision)}, whose largest number is "
            f"{torch.finfo(precision).max:.3g}."
        )
    return half.masked_fill(forbidden, float("-inf"))


def widened(potential: Tensor) -> Tensor:
    """The inverse: half precision as float32."""
    if potential.dtype not in HALVES:
        return potential
    full = potential.float()
    return full.masked_fill(full == float("-inf"), FORBIDDEN)
