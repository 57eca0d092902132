"""The probability of a span as that of a run of BIOUL tags: P(y_i … y_j) = P(y_j) · Π_{i<k≤j} P(y_{k−1} | y_k)."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from skd_plugin.structures.algebra.structure import Segments, check_segments
from skd_plugin.structures.kernels.chains.forward_backward import ChainPotentials
from skd_plugin.structures.kernels.chains.tag_runs import run_probabilities
from skd_plugin.structures.sequences import bioul


def probabilities(
    chain: ChainPotentials, tokens: Tensor, spans: Segments, mask: Tensor, labels: tuple[str, ...]
) -> Tensor:
    """
    P(y_i … y_j = B I … I L | x), of spans of one word P(y_i = U | x): shape (batch, n), at the first words of the spans
    and 0 elsewhere.

    A chain is one backwards too, P(y_{k−1} = a | y_k = b) = α_{k−1}(a) e^{T(a, b)} / Σ_{a'} α_{k−1}(a') e^{T(a', b)},
    so it takes the forward variables alone, whose scale cancels at each word: no digits are lost in a long sentence.
    Runs on the CPU for any device, in the log domain, float64, O(n L²) for the sentences that have spans.

    # Parameters

    chain : potentials, whose transitions may be far below 0 for what is forbidden
    tokens : P(y_i = y), shape (batch, n, label), as exact as what is probabilities
    spans : types are ids of `bioul.types(labels)`; they may share words
    mask : bool, shape (batch, n)
    labels : BIOUL tags; a span that they cannot write has probability 0
    """
    types = _types(labels)
    widths, ids = check_segments(spans, mask, len(types))
    writable = torch.from_numpy(bioul.writable(labels, types)).to(mask.device)
    widths = widths * writable[widths.clamp(1, 3) - 1, ids]
    emissions, steps, start, _ = (potential.detach().cpu().double().contiguous().numpy() for potential in chain)
    ends = tokens.cpu().double().contiguous().numpy()
    segments = [integers.cpu().contiguous().numpy() for integers in (widths, ids)]
    probabilities = np.zeros(widths.shape)
    run_probabilities(emissions, start, steps, *segments, bioul.ids(labels, types), ends, probabilities)  # type: ignore[call-arg]
    return torch.from_numpy(probabilities).to(tokens).clamp(0, 1)


def _types(labels: tuple[str, ...]) -> tuple[str, ...]:
    if not bioul.is_bioul(labels):
        raise ValueError(
            f"The labels are {', '.join(labels)}, expected BIOUL tags: other labels write no spans. Ask for "
            "tag_probabilities instead."
        )
    return bioul.types(labels)
