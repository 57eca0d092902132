"""Sums in the log domain, compiled."""

from __future__ import annotations

from math import exp, log, log1p

import numpy as np

from skd_plugin.structures.kernels.compiled import compiled

# If a sum of products is larger than this, products that underflow do not change it in float64.
_SAFE = 1e-200
# A summand that is smaller than the largest one by this many nats does not change a sum in float64.
_NEGLIGIBLE = -50.0


@compiled
def step(values, steps, weights, highest, sums, terms):  # type: ignore[no-untyped-def]
    """
    sums[k] = log Σ_c exp(values[c] + steps[c, k]), computed with weights = exp(steps − highest) and, where the products
    underflow, in the log domain.
    """
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


@compiled
def log_add(one, other):  # type: ignore[no-untyped-def]
    """log(exp(one) + exp(other))."""
    low, high = min(one, other), max(one, other)
    return high + log1p(exp(low - high)) if low - high > _NEGLIGIBLE else high


@compiled
def log_dot(left, right):  # type: ignore[no-untyped-def]
    """log Σ_k exp(left_k + right_k); −∞ for an empty sum."""
    peak, total = -np.inf, 0.0
    for k in range(len(left)):
        peak = max(peak, left[k] + right[k])
    for k in range(len(left)):
        if left[k] + right[k] - peak > _NEGLIGIBLE:
            total += exp(left[k] + right[k] - peak)
    return peak + log(total) if peak > -np.inf else peak
