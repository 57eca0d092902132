"""The specification for chains too long to enumerate: forward–backward in the log domain, in plain loops."""

from typing import Dict, NamedTuple

import numpy as np


class Reference(NamedTuple):
    log_partition: float
    tokens: np.ndarray
    transitions: np.ndarray


def forward_backward(potentials: Dict[str, np.ndarray]) -> Reference:
    """Formulas of case 1a: α_k(b) = LSE_a[α_{k−1}(a) + A(a, b)] + e_k(b), and β likewise from the end."""
    emissions, transitions = potentials["emissions"], potentials["transitions"]
    alpha, beta = np.empty_like(emissions), np.empty_like(emissions)
    alpha[0] = potentials["start"] + emissions[0]
    for i in range(1, len(emissions)):
        alpha[i] = np.logaddexp.reduce(alpha[i - 1][:, None] + transitions, axis=0) + emissions[i]
    beta[-1] = potentials["end"]
    for i in range(len(emissions) - 2, -1, -1):
        beta[i] = np.logaddexp.reduce(transitions + (emissions[i + 1] + beta[i + 1])[None], axis=1)
    log_partition = float(np.logaddexp.reduce(alpha[-1] + beta[-1]))
    after = emissions[1:] + beta[1:] - log_partition
    pairs = np.exp(alpha[:-1, :, None] + transitions[None] + after[:, None, :])
    return Reference(log_partition, np.exp(alpha + beta - log_partition), pairs.sum(0))
