"""Factorizations over label sequences y_1 … y_n: the queries that MaxEnt and chains have in common."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Sequence

from torch import Tensor

from skd_plugin.structures.algebra.checks import check_ids, check_shapes
from skd_plugin.structures.algebra.factorization import Factorization
from skd_plugin.structures.algebra.part_spaces import Bigrams
from skd_plugin.structures.algebra.scored_spans import ScoredSpans
from skd_plugin.structures.algebra.structure import NBest, Segments
from skd_plugin.structures.kernels.chains.forward_backward import ChainPotentials
from skd_plugin.structures.sequences import tag_runs
from skd_plugin.structures.sequences.probable_runs import Runs, runs_of_chain


class Labeling(Factorization, ABC):
    """A distribution over label sequences; `labels` are the names of the labels of a word."""

    @property
    @abstractmethod
    def token_marginals(self) -> Tensor:
        """P(y_i = y|x), shape (batch, n, label), zero on padding, detached."""

    @property
    @abstractmethod
    def argmax(self) -> Tensor:
        """The best well-formed sequence: label ids, shape (batch, n), 0 on padding."""

    @abstractmethod
    def n_best(self, k: int) -> NBest:
        """The k best well-formed sequences."""

    @property
    @abstractmethod
    def bigrams(self) -> Bigrams:
        """P(y_i) and Σ_{i≥2} P(y_{i−1}, y_i), detached."""

    @property
    @abstractmethod
    def as_chain(self) -> ChainPotentials:
        """The potentials of a linear chain with this distribution."""

    @abstractmethod
    def restricted(self, labels: Sequence[str]) -> Labeling:
        """Conditions the distribution on sequences of these labels; the label axis takes their order."""

    def tag_probabilities(self, tags: Tensor) -> Tensor:
        """P(y_i = tags_i | x) for label ids `tags` (batch, n): shape (batch, n), 0 on padding, detached."""
        check_shapes("tags", tags, tuple(self.mask.shape), "batch, n")
        ids = tags.masked_fill(~self.mask, 0)
        check_ids("label ids", ids, range(len(self.labels)))
        return self.token_marginals.gather(2, ids.unsqueeze(-1)).squeeze(-1).clamp(0, 1)

    def span_probabilities(self, spans: Segments) -> Tensor:
        """
        P(y_i … y_j = B I … I L | x) of spans, or P(y_i = U | x) of spans of one word. The result has shape (batch, n);
        it is at the first word of each span, 0 elsewhere, and detached.

        Types are ids of `bioul.types(self.labels)`. Spans may overlap. The probability is that of the tags among all
        sequences, whether well-formed or not; it is 0 for a span that the labels cannot express.
        """
        return tag_runs.probabilities(self.as_chain, self.token_marginals, spans, self.mask, self.labels)

    def spans_above(self, threshold: float) -> ScoredSpans:
        """
        All spans with a probability, as `span_probabilities` gives it, above the threshold, detached. They may overlap.

        Each word is the first of fewer than 1 / threshold of them, and only these are looked at.
        """
        return self._runs.above(threshold, self.token_marginals)

    @property
    def expected_spans(self) -> Tensor:
        """The expected number of spans, which is the sum of the probabilities of all: shape (batch,), detached."""
        return self._runs.expected(self.token_marginals)

    @property
    def _runs(self) -> Runs:
        return runs_of_chain(self.as_chain, self.token_marginals, self.lengths, self.labels)
