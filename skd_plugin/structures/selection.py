"""
The spans that maximize the expected F1 of a corpus, or are more probable than a threshold.

If p are the probabilities of spans, a set of k of them has the expected F1 2 Σ p / (k + Σ over all spans p), as the
corpus grows (Jansche 2007; Ye et al. 2012). A set has the largest possible one, F, if it has the largest Σ (p − F / 2)
(Dinkelbach 1967). So the best threshold is half of the best F1 (Lipton et al. 2014), and among spans that overlap, the
best are those with the largest sum.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from skd_plugin.structures.algebra.factorization import Factorization
from skd_plugin.structures.algebra.scored_spans import ScoredSpans, check_threshold
from skd_plugin.structures.kernels.spans.selection import select_spans
from skd_plugin.structures.sequences.labeling import Labeling
from skd_plugin.structures.spans.span_factored import SpanFactored


def likely_spans(distribution: Factorization, threshold: float) -> ScoredSpans:
    """
    The spans that do not overlap with the largest Σ (P(span | x) − threshold): all above the threshold, unless some of
    these overlap, of which the best are kept. A threshold of 1/2 or more leaves none that overlap in a distribution
    over flat spans or tags.
    """
    assert isinstance(distribution, (Labeling, SpanFactored))
    return select(distribution.spans_above(threshold), threshold)


def select(spans: ScoredSpans, threshold: float) -> ScoredSpans:
    """The spans, of those given, that do not overlap and have the largest Σ (probability − threshold)."""
    check_threshold(threshold)
    rows, first, last = (column.cpu().contiguous().numpy() for column in spans[:3])
    chosen = np.zeros(len(rows), dtype=bool)
    select_spans(rows, first, last, spans.probabilities.cpu().double().numpy() - threshold, chosen)
    kept: Tensor = torch.from_numpy(chosen).to(spans.rows.device)
    return ScoredSpans(*(column[kept] for column in spans))
