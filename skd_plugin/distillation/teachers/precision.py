"""The precision of stored potentials: float32 is exact, the others take half the space."""

from typing import Callable, Dict, Iterable

import numpy as np
import torch
from torch import Tensor

from skd_plugin.structures import FORBIDDEN, Factorization, WeightedStructures

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


def rounding_loss(sentences: Iterable[Factorization], precision: torch.dtype) -> Dict[str, float]:
    """
    What a store with this precision loses of these distributions: KL(given ‖ stored) of a sentence, in nats, its mean
    and 99th percentile; and how many sentences were compared.

    Raises `OverflowError` if a score is too large.
    """
    divergences = []
    for sentence in sentences:
        given = _changed(sentence, lambda potential: potential)
        stored = _changed(sentence, lambda potential: widened(rounded(potential, precision)))
        divergences += (_cross_entropy(given, stored) - given.entropy).clamp(min=0).tolist()
    measured = {"mean": np.mean(divergences), "99th percentile": np.percentile(divergences, 99)}
    # Digits that mean nothing may differ between machines.
    rounded_loss = {name: float(f"{value:.2g}") for name, value in measured.items()}
    return {**rounded_loss, "sentences": len(divergences)}


def _cross_entropy(given: Factorization, stored: Factorization) -> Tensor:
    if isinstance(given, WeightedStructures) and isinstance(stored, WeightedStructures):
        # They are lists of the same structures.
        logs = stored.weights.log_softmax(-1)
        return -(given.probabilities * logs.masked_fill(~given.exist, 0.0)).sum(-1)
    return stored.cross_entropy(given.marginals)


def _changed(sentence: Factorization, change: Callable[[Tensor], Tensor]) -> Factorization:
    """The distribution with the sentence's own potentials changed; in float64, because half precision loses little."""
    own = {name: getattr(sentence, name) for name in sentence.sentence_potentials}
    shared = {name: getattr(sentence, name) for name in sentence.shared_potentials}
    potentials = {name: value if value is None else change(value) for name, value in own.items()} | shared
    exact = {
        name: value.double() if value is not None and value.is_floating_point() else value
        for name, value in potentials.items()
    }
    settings = {name: getattr(sentence, name) for name in sentence.settings}
    return type(sentence).of_potentials(**exact, **settings, mask=sentence.mask, labels=sentence.labels)
