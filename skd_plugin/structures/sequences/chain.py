"""Chains: Score(y, x) = start[y_1] + Σ_i e_i[y_i] + Σ_{i≥2} T[y_{i−1}, y_i] + end[y_n]; parts are label bigrams."""

from __future__ import annotations

from abc import ABC, abstractmethod
from functools import cached_property
from typing import ClassVar, Mapping, Sequence

import torch
from torch import Tensor

from skd_plugin.structures.algebra.checks import (
    check_axes,
    check_finite,
    check_labels,
    check_mask,
    check_parts,
    check_shapes,
)
from skd_plugin.structures.algebra.known_gradient import with_known_gradient
from skd_plugin.structures.algebra.labels import positions
from skd_plugin.structures.algebra.padding import Axes
from skd_plugin.structures.algebra.part_spaces import Bigrams, Parts
from skd_plugin.structures.algebra.potentials import at_least_float32
from skd_plugin.structures.kernels.chains.forward_backward import ChainPotentials, Inference, Shifted, shifted
from skd_plugin.structures.sequences.labeling import Labeling
from skd_plugin.structures.sequences.max_ent import MaxEnt


class Chain(Labeling, ABC):
    """
    A distribution with the score of a linear chain. A subclass says which label sequences have probability.

    # Parameters

    emissions : shape (batch, n, label)
    transitions : shape (label, label), indexed [from, to]
    start, end : shape (label,)
    mask : bool, shape (batch, n), right-padded
    labels : the name of each label; BIOUL tags are decoded to well-formed sequences
    """

    parts: ClassVar[type[Parts]] = Bigrams
    sentence_potentials: ClassVar[Mapping[str, Axes]] = {"emissions": (0,)}
    shared_potentials = ("transitions", "start", "end")

    def __init__(
        self,
        emissions: Tensor,
        transitions: Tensor,
        start: Tensor,
        end: Tensor,
        mask: Tensor,
        labels: Sequence[str],
    ) -> None:
        check_axes("emissions", emissions, "batch, n, label")
        batch, length, num_labels = emissions.shape
        check_mask(mask, batch, length)
        check_labels(tuple(labels), num_labels)
        check_shapes("transitions", transitions, (num_labels, num_labels), "from, to")
        check_shapes("start", start, (num_labels,), "label")
        check_shapes("end", end, (num_labels,), "label")
        self.emissions, self.transitions = at_least_float32(emissions), at_least_float32(transitions)
        self.start, self.end = at_least_float32(start), at_least_float32(end)
        check_finite(emissions=self.emissions, transitions=self.transitions, start=self.start, end=self.end)
        self.mask = mask
        self.labels = tuple(labels)

    @abstractmethod
    def _infer(self, with_counts: bool) -> Inference:
        """Forward–backward. The expected transition counts cost most, so they are computed only `with_counts`."""

    @property
    def as_chain(self) -> ChainPotentials:
        return ChainPotentials(self.emissions, self.transitions, self.start, self.end)

    @property
    def log_partition(self) -> Tensor:
        if not torch.is_grad_enabled():
            return self._without_counts.log_z.to(self.emissions.dtype)
        value = self._inference.log_z.to(self.emissions.dtype)
        return with_known_gradient(value, self.as_chain, self._score_gradients(self.marginals))

    @property
    def marginals(self) -> Bigrams:
        return Bigrams(self._inference.tokens, self._inference.counts)

    @property
    def bigrams(self) -> Bigrams:
        return self.marginals

    @property
    def token_marginals(self) -> Tensor:
        return self._without_counts.tokens

    def cross_entropy(self, expected: Parts) -> Tensor:
        """log Z(x) − Σ_u expected(u) · Score(u, x), shape (batch,); the expected labels of each word sum to 1."""
        expected = check_parts(expected, Bigrams)
        marginals = self.marginals
        score = (expected.tokens * self._shifted.scores).sum((1, 2), dtype=torch.float64) + self._shifted.total
        score += (expected.transitions * self._detached.transitions).sum((1, 2), dtype=torch.float64)
        value = (self._inference.log_z - score).to(self.emissions.dtype)
        difference = Bigrams(marginals.tokens - expected.tokens, marginals.transitions - expected.transitions)
        return with_known_gradient(value, self.as_chain, self._score_gradients(difference))

    def indicator(self, labels: Tensor) -> Bigrams:
        tokens = MaxEnt(self.emissions.detach(), self.mask, self.labels).indicator(labels).tokens
        num_labels = len(self.labels)
        ids = labels.masked_fill(~self.mask, 0)
        # Shape: (batch, n − 1)
        bigrams = ids[:, :-1] * num_labels + ids[:, 1:]
        counts = tokens.new_zeros(len(tokens), num_labels * num_labels)
        counts.scatter_add_(1, bigrams, self.mask[:, 1:].to(tokens.dtype))
        return Bigrams(tokens, counts.view(-1, num_labels, num_labels))

    def _select_labels(self, labels: Sequence[str]) -> ChainPotentials:
        """The potentials of these labels, in their order."""
        index = torch.tensor(positions(labels, self.labels), device=self.emissions.device)
        transitions = self.transitions[index][:, index]
        return ChainPotentials(self.emissions[..., index], transitions, self.start[index], self.end[index])

    @cached_property
    def _detached(self) -> ChainPotentials:
        return ChainPotentials(*(potential.detach() for potential in self.as_chain))

    @cached_property
    def _shifted(self) -> Shifted:
        return shifted(self._detached, self.lengths)

    @cached_property
    def _inference(self) -> Inference:
        """The results of the one forward–backward that serves every query."""
        return self._infer(with_counts=True)

    @property
    def _without_counts(self) -> Inference:
        return self._inference if "_inference" in self.__dict__ else self._inferred_without_counts

    @cached_property
    def _inferred_without_counts(self) -> Inference:
        return self._infer(with_counts=False)

    def _score_gradients(self, parts: Bigrams) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """The gradients of Σ_u parts(u) · Score(u) in emissions, transitions, start and end."""
        tokens, transitions = parts.tokens, parts.transitions.to(self.emissions.dtype)
        if self.mask.shape[1] == 0:
            return tokens, transitions, tokens.sum(1), tokens.sum(1)
        rows, last = torch.arange(len(self.mask), device=self.mask.device), self.lengths - 1
        return tokens, transitions, tokens[:, 0], tokens[rows, last]
