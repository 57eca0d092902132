"""Steps of chains in the log domain, compiled: log Σ_c exp(v(c) + T(c, k)) of all k, mostly by one product."""

from __future__ import annotations

from math import exp, log

import numpy as np
from numba import njit

# A sum of products that is larger has lost nothing to those that underflow.
_SAFE = 1e-200

# For loops over scalars, because array expressions take numba seconds to compile.
compiled = njit(cache=True, nogil=True, error_model="numpy", fastmath={"reassoc", "contract", "arcp"})


@compiled
def step(values, steps, weights, highest, sums, terms):  # type: ignore[no-untyped-def]
    """sums[k] = log Σ_c exp(values[c] + steps[c, k]), by weights = exp(steps − highest) unless they are too small."""
    units = len(values)
    peak = largest(values, units)
    for k in range(units):
        sums[k] = 0.0
    for c in range(units):
        value = exp(values[c] - peak)
        for k in range(units):
            sums[k] += value * weights[c, k]
    for k in range(units):
        if sums[k] > _SAFE:
            sums[k] = log(sums[k]) + peak + highest
            continue
        for c in range(units):
            terms[c] = values[c] + steps[c, k]
        sums[k] = log_sum_exp(terms, units)


@compiled
def log_sum_exp(terms, count):  # type: ignore[no-untyped-def]
    peak = largest(terms, count)
    if peak == -np.inf:
        return peak
    total = 0.0
    for k in range(count):
        total += exp(terms[k] - peak)
    return peak + log(total)


@compiled
def largest(values, count):  # type: ignore[no-untyped-def]
    found = -np.inf
    for k in range(count):
        found = max(found, values[k])
    return found
