"""MaxEnt: labels are independent given x, P(y|x) = Π_i softmax(s_i)[y_i]; parts are token labels."""

from __future__ import annotations

from functools import cached_property
from typing import ClassVar, Mapping, Sequence, final

import torch
from torch import Tensor
from torch.nn.functional import one_hot

from skd_plugin.structures.algebra.checks import (
    check_axes,
    check_finite,
    check_ids,
    check_labels,
    check_mask,
    check_parts,
    check_shapes,
)
from skd_plugin.structures.algebra.differentiable_property import differentiable_property
from skd_plugin.structures.algebra.labels import positions
from skd_plugin.structures.algebra.padding import Axes
from skd_plugin.structures.algebra.part_spaces import Bigrams, Parts, Tokens
from skd_plugin.structures.algebra.potentials import Substructures, at_least_float32, substructures
from skd_plugin.structures.algebra.structure import NBest, Segments
from skd_plugin.structures.kernels.chains.forward_backward import ChainPotentials
from skd_plugin.structures.kernels.chains.viterbi import best_by_word
from skd_plugin.structures.sequences import bioul, tag_runs
from skd_plugin.structures.sequences.decoding import best_labels, k_best_labels
from skd_plugin.structures.sequences.labeling import Labeling
from skd_plugin.structures.sequences.probable_runs import Runs, runs_of_words


@final
class MaxEnt(Labeling):
    """
    A softmax over labels at each word.

    # Parameters

    scores : shape (batch, n, label)
    mask : bool, shape (batch, n), right-padded
    labels : the name of each label; BIOUL tags are decoded to well-formed sequences
    """

    parts: ClassVar[type[Parts]] = Tokens
    locally_normalized = True
    sentence_potentials: ClassVar[Mapping[str, Axes]] = {"scores": (0,)}

    def __init__(self, scores: Tensor, mask: Tensor, labels: Sequence[str]) -> None:
        check_axes("scores", scores, "batch, n, label")
        batch, length, num_labels = scores.shape
        check_mask(mask, batch, length)
        check_labels(tuple(labels), num_labels)
        self.scores = at_least_float32(scores)
        check_finite(scores=self.scores)
        self.mask = mask
        self.labels = tuple(labels)

    @differentiable_property
    def log_probabilities(self) -> Tensor:
        """log P(y_i = y|x), shape (batch, n, label), zero on padding; differentiable."""
        return self.scores.log_softmax(-1).masked_fill(~self.mask.unsqueeze(-1), 0.0)

    @property
    def log_partition(self) -> Tensor:
        return self.scores.logsumexp(-1).masked_fill(~self.mask, 0.0).sum(1)

    @cached_property
    def marginals(self) -> Tokens:
        return Tokens(self.scores.detach().softmax(-1) * self.mask.unsqueeze(-1))

    @property
    def choices(self) -> Tensor:
        return self.scores.detach().argmax(-1).masked_fill(~self.mask, 0)

    @property
    def token_marginals(self) -> Tensor:
        return self.marginals.tokens

    @property
    def bigrams(self) -> Bigrams:
        tokens = self.token_marginals
        return Bigrams(tokens, tokens[:, :-1].transpose(1, 2) @ tokens[:, 1:])

    @property
    def as_chain(self) -> ChainPotentials:
        zeros = self.scores.new_zeros(len(self.labels))
        return ChainPotentials(self.scores, torch.outer(zeros, zeros), zeros, zeros)

    @cached_property
    def argmax(self) -> Tensor:
        if not bioul.is_bioul(self.labels):
            return self.scores.argmax(-1).masked_fill(~self.mask, 0)
        legal = bioul.legal(self.labels)
        best, is_well_formed = best_by_word(self.scores, self.lengths, legal)
        if not is_well_formed.all():
            rows = ~is_well_formed
            log_probabilities = self.scores.detach()[rows].log_softmax(-1)
            best[rows] = best_labels(log_probabilities, None, self.lengths[rows], legal, self.labels)
        return best

    def n_best(self, k: int) -> NBest:
        log_probabilities = self.log_probabilities.detach()
        legal = bioul.legal(self.labels)
        ids, totals = k_best_labels(log_probabilities, None, self.lengths, legal, self.labels, k)
        return NBest(ids, totals.to(self.scores.dtype))

    def span_probabilities(self, spans: Segments) -> Tensor:
        return tag_runs.independent_probabilities(self.scores, spans, self.mask, self.labels)

    @property
    def token_posterior(self) -> MaxEnt:
        return self

    @property
    def substructures(self) -> Substructures:
        return substructures(self.scores, self.mask.unsqueeze(-1))

    def cross_entropy(self, expected: Parts) -> Tensor:
        """−Σ_i Σ_y P_t(y_i = y) log P_s(y_i = y), shape (batch,); the expected labels of each word sum to 1."""
        tokens = check_parts(expected, Tokens).tokens
        return -(tokens * self.log_probabilities).sum((1, 2))

    def indicator(self, labels: Tensor) -> Tokens:
        check_shapes("labels", labels, tuple(self.mask.shape), "batch, n")
        ids = labels.masked_fill(~self.mask, 0)
        check_ids("label ids", ids, range(len(self.labels)))
        return Tokens(one_hot(ids, len(self.labels)).to(self.scores.dtype) * self.mask.unsqueeze(-1))

    @property
    def _runs(self) -> Runs:
        return runs_of_words(self.token_marginals, self.lengths, self.labels)

    def restricted(self, labels: Sequence[str]) -> MaxEnt:
        index = torch.tensor(positions(labels, self.labels), device=self.scores.device)
        return MaxEnt(self.scores[..., index], self.mask, labels)
