"""
Temperature scaling (Guo et al. 2017) of distributions over structures: P_T(y|x) ∝ exp(Σ_{u∈y} Score(u, x) / T).

−Σ log P_T(gold) is convex in 1/T, because log Z is, so there is one best temperature.
"""

from math import exp, log
from typing import List, NamedTuple, Tuple

import torch
from torch import Tensor

from skd_plugin.models.gold import Gold
from skd_plugin.structures import Factorization, SecondOrder

RANGE = (0.05, 20.0)
"""Between these a temperature is looked for."""

MAX_BYTES = 1 << 30
"""The memory for potentials and gold structures. Sentences that come after are not used."""

# A gold structure with a forbidden part has a loss of this size and more, at any temperature.
_IMPOSSIBLE = 1e6
# Relative steps: of the search, and of the differences by which slope and curvature are found.
_PRECISION, _STEP = 1e-4, 0.02
# Nine tenths of a normal distribution are within as many standard deviations.
_NINE_TENTHS = 1.645


class NoTemperature(ValueError):
    """The likelihood has no maximum, or there is nothing that has a likelihood."""


class Fitted(NamedTuple):
    """
    temperature : that with the largest likelihood of the gold structures
    range : the temperature of other samples of sentences lies between these nine times out of ten
    before, after : the mean of −log P(gold|x) over the sentences, without and with the temperature
    sentences : how many were used
    """

    temperature: float
    range: Tuple[float, float]
    before: float
    after: float
    sentences: int


class GoldLikelihood:
    """The likelihood of gold structures at any temperature, from potentials that are computed once and kept."""

    def __init__(self, max_bytes: int = MAX_BYTES) -> None:
        self._batches: List[Tuple[Factorization, Gold]] = []
        self._free = max_bytes

    @property
    def is_full(self) -> bool:
        """Whether there is no memory for more sentences."""
        return self._free <= 0

    def add(self, distribution: Factorization, gold: Gold) -> None:
        """Adds those sentences of a batch whose gold structures are known and possible."""
        if isinstance(distribution, SecondOrder):
            # Its potentials are not those of the distribution, and there are many more of them.
            distribution = distribution.posterior
        possible = gold.known & (distribution.cross_entropy(gold.parts) < _IMPOSSIBLE)
        self._batches.append((distribution, Gold(gold.parts, possible)))
        self._free -= gold.parts.nbytes + _bytes_of(distribution)

    def losses(self, temperature: float) -> Tensor:
        """−log P_T(gold|x) of each sentence, float64, shape (sentence,)."""
        each = [
            distribution.tempered(temperature).cross_entropy(gold.parts)[gold.known].double()
            for distribution, gold in self._batches
        ]
        return torch.cat(each) if each else torch.zeros(0, dtype=torch.float64)

    def fit(self) -> Fitted:
        """The temperature of the largest likelihood. Raises `NoTemperature`."""
        # Late, because serving a model imports this module.
        from scipy.optimize import minimize_scalar

        before = self.losses(1.0)
        if not len(before):
            raise NoTemperature("no sentence has gold structures that the model can give a probability to")
        bounds = (log(RANGE[0]), log(RANGE[1]))
        found = minimize_scalar(
            lambda value: float(self.losses(exp(value)).mean()),
            bounds=bounds,
            method="bounded",
            options={"xatol": _PRECISION},
        )
        if min(found.x - bounds[0], bounds[1] - found.x) < 10 * _PRECISION:
            raise NoTemperature(
                f"the likelihood of their gold structures is largest at a temperature beyond {exp(found.x):.3g}, so it "
                "has no maximum within reach: the model is right about all of them, or knows nothing of them"
            )
        temperature = exp(found.x)
        error = self._standard_error(temperature)
        spread = exp(_NINE_TENTHS * error)
        return Fitted(
            temperature,
            (temperature / spread, temperature * spread),
            float(before.mean()),
            float(found.fun),
            len(before),
        )

    def _standard_error(self, temperature: float) -> float:
        """
        That of log T: by the slopes and the curvature of the losses (the sandwich estimator of a maximum of likelihood,
        which does not take the model to be right).
        """
        lower, middle, upper = (self.losses(temperature * exp(step)) for step in (-_STEP, 0, _STEP))
        slopes = (upper - lower) / (2 * _STEP)
        curvature = float((upper - 2 * middle + lower).sum()) / _STEP**2
        return float(slopes.square().sum().sqrt()) / curvature if curvature > 0 else float("inf")


def _bytes_of(distribution: Factorization) -> int:
    potentials = (getattr(distribution, name) for name in distribution.sentence_potentials)
    return sum(potential.nbytes for potential in potentials if potential is not None)
