"""Span probabilities in a chain, as those of runs of tags: P(y_i … y_j) = P(y_j) · Π_{i<k≤j} P(y_{k−1} | y_k)."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from skd_plugin.structures.algebra.structure import Segments, check_segments
from skd_plugin.structures.kernels.chains.forward_backward import ChainPotentials
from skd_plugin.structures.kernels.chains.tag_runs import independent_run_probabilities, run_probabilities
from skd_plugin.structures.sequences import bioul


def probabilities(
    chain: ChainPotentials, tokens: Tensor, spans: Segments, mask: Tensor, labels: tuple[str, ...]
) -> Tensor:
    """
    P(y_i … y_j = B I … I L | x) of spans, or P(y_i = U | x) of spans of one word. The result has shape (batch, n); it
    is at the first word of each span, and 0 elsewhere.

    A chain is also a chain when read backwards:

        P(y_{k−1} = a | y_k = b) = α_{k−1}(a) e^{T(a, b)} / Σ_{a'} α_{k−1}(a') e^{T(a', b)}

    So only the forward variables α are needed. Their scale cancels at each word, so no precision is lost in a long
    sentence. Runs on the CPU for any device, in the log domain, in float64, in O(n L²) per sentence that has spans.

    # Parameters

    chain : potentials; transitions may be far below 0 where they are forbidden
    tokens : P(y_i = y), shape (batch, n, label); the results have their precision
    spans : types are ids of `bioul.types(labels)`; spans may overlap
    mask : bool, shape (batch, n)
    labels : BIOUL tags; a span that they cannot express has probability 0
    """
    types = types_of(labels)
    widths, ids = check_segments(spans, mask, len(types))
    writable = torch.from_numpy(bioul.writable(labels, types)).to(mask.device)
    widths = widths * writable[widths.clamp(1, 3) - 1, ids]
    emissions, transitions, start, _ = (potential.detach().cpu().double().contiguous().numpy() for potential in chain)
    marginals = tokens.cpu().double().contiguous().numpy()
    segments = [integers.cpu().contiguous().numpy() for integers in (widths, ids)]
    probabilities = np.zeros(widths.shape)
    run_probabilities(emissions, start, transitions, *segments, bioul.ids(labels, types), marginals, probabilities)
    return torch.from_numpy(probabilities).to(tokens).clamp(0, 1)


def independent_probabilities(scores: Tensor, spans: Segments, mask: Tensor, labels: tuple[str, ...]) -> Tensor:
    """
    What `probabilities` returns, if the tags of the words are independent of each other: Π_k softmax(s_k)[y_k].

    Only the words of the spans are looked at.

    # Parameters

    scores : shape (batch, n, label)
    spans, mask, labels : see `probabilities`
    """
    types = types_of(labels)
    segments = [integers.cpu().contiguous().numpy() for integers in check_segments(spans, mask, len(types))]
    probabilities = np.zeros(mask.shape)
    words = scores.detach().cpu().contiguous().numpy()
    independent_run_probabilities(words, *segments, bioul.ids(labels, types), probabilities)
    return torch.from_numpy(probabilities).to(scores)


def types_of(labels: tuple[str, ...]) -> tuple[str, ...]:
    if not bioul.is_bioul(labels):
        raise ValueError(
            f"The labels are {', '.join(labels)}, expected BIOUL tags: other labels do not express spans. Ask for "
            "tag_probabilities instead."
        )
    return bioul.types(labels)
