"""Linear chains: P(y|x) ∝ exp(start[y_1] + Σ_i e_i[y_i] + Σ_{i≥2} T[y_{i−1}, y_i] + end[y_n]) over all sequences y."""

from __future__ import annotations

from functools import cached_property
from typing import Sequence, final

import torch
from torch import Tensor

from skd_plugin.structures.algebra.potentials import Substructures, substructures
from skd_plugin.structures.algebra.structure import NBest
from skd_plugin.structures.kernels.chains.forward_backward import Inference, forward_backward
from skd_plugin.structures.kernels.chains.forward_backward_torch import token_log_marginals
from skd_plugin.structures.sequences import bioul
from skd_plugin.structures.sequences.chain import Chain
from skd_plugin.structures.sequences.decoding import best_labels, k_best_labels
from skd_plugin.structures.sequences.max_ent import MaxEnt


@final
class LinearChain(Chain):
    """
    A conditional random field over label sequences (Lafferty et al. 2001).

    See `Chain` for the parameters.
    """

    @cached_property
    def argmax(self) -> Tensor:
        legal = bioul.legal(self.labels)
        return best_labels(self._shifted.scores, self._detached.transitions, self.lengths, legal, self.labels)

    def n_best(self, k: int) -> NBest:
        scores, transitions, legal = self._shifted.scores, self._detached.transitions, bioul.legal(self.labels)
        ids, totals = k_best_labels(scores, transitions, self.lengths, legal, self.labels, k)
        log_probabilities = totals + (self._shifted.total - self._without_counts.log_z).unsqueeze(1)
        return NBest(ids, log_probabilities.to(self.emissions.dtype))

    @property
    def token_posterior(self) -> MaxEnt:
        """Π_i P(y_i|x), by a forward–backward that autograd can differentiate."""
        logs = token_log_marginals(self._word_scores, self.transitions, self.lengths)
        return MaxEnt(logs.to(self.emissions.dtype), self.mask, self.labels)

    @property
    def substructures(self) -> Substructures:
        """e_i(b) + T(a, b) for each bigram (a, b) that ends at word i; for the first word it does not depend on a."""
        steps = self.transitions.expand(*self.mask.shape, -1, -1)
        first = torch.arange(self.mask.shape[1], device=self.mask.device) == 0
        scores = self._word_scores.unsqueeze(2) + steps.masked_fill(first.view(-1, 1, 1), 0.0)
        return substructures(scores, self.mask[..., None, None])

    def restricted(self, labels: Sequence[str]) -> LinearChain:
        return LinearChain(*self._select_labels(labels), self.mask, labels)

    def _infer(self, with_counts: bool) -> Inference:
        return forward_backward(self._detached, self._shifted, self.lengths, with_counts)

    @property
    def _word_scores(self) -> Tensor:
        """Emissions, with the start and end scores added at the first and the last word; differentiable."""
        words, last = torch.arange(self.mask.shape[1], device=self.mask.device), self.lengths.unsqueeze(1) - 1
        scores = self.emissions + self.start * (words == 0).view(-1, 1)
        return scores + self.end * (words == last).unsqueeze(-1)
