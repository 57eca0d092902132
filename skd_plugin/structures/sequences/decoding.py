"""The best well-formed label sequences: Viterbi over the sequences that BIOUL tags, or the states of a chain, allow."""

from __future__ import annotations

import numpy as np
from torch import Tensor

from skd_plugin.structures.algebra.structure import NBest
from skd_plugin.structures.kernels.chains.k_best import k_best_sequences
from skd_plugin.structures.kernels.chains.viterbi import Legal, best_sequences


def best_labels(
    scores: Tensor, transitions: Tensor | None, lengths: Tensor, legal: Legal, labels: tuple[str, ...]
) -> Tensor:
    """
    The best legal sequences of label ids, shape (batch, n), 0 on padding.

    See `best_sequences` for the parameters. Raises `ValueError` if a sentence has no legal sequence.
    """
    ids, exists = best_sequences(scores, transitions, lengths, legal)
    _check_exists(exists, labels)
    return ids


def k_best_labels(
    scores: Tensor, transitions: Tensor | None, lengths: Tensor, legal: Legal, labels: tuple[str, ...], k: int
) -> NBest:
    """
    The k best legal sequences of label ids, with their *scores* (float64) in place of log-probabilities.

    See `k_best_sequences` for the parameters. Raises `ValueError` if a sentence has no legal sequence.
    """
    ids, totals = k_best_sequences(scores, transitions, lengths, legal, k)
    _check_exists(~totals[:, 0].isneginf().cpu().numpy(), labels)
    return NBest(ids, totals)


def _check_exists(exists: np.ndarray, labels: tuple[str, ...]) -> None:
    if not exists.all():
        raise ValueError(f"No sequence over the labels {', '.join(labels)} is well-formed BIOUL; add the missing tags.")
