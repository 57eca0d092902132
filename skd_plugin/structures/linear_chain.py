"""Linear chain: Score(y, x) = start[y_1] + Σ_i e_i[y_i] + Σ_{i≥2} T[y_{i−1}, y_i] + end[y_n]; parts: label bigrams."""

from __future__ import annotations

from functools import cached_property
from typing import ClassVar, Sequence, final

import torch
from torch import Tensor

from skd_plugin.structures import chain_numba, chain_torch, viterbi
from skd_plugin.structures.factorization import (
    Factorization,
    NBest,
    at_least_float32,
    check_axes,
    check_labels,
    check_mask,
    check_parts,
    check_shapes,
)
from skd_plugin.structures.known_gradient import with_known_gradient
from skd_plugin.structures.max_ent import MaxEnt
from skd_plugin.structures.parts import Bigrams, Parts


@final
class LinearChain(Factorization):
    """
    A conditional random field over label sequences (Lafferty et al. 2001).

    # Parameters

    emissions : shape (batch, n, label)
    transitions : shape (label, label), indexed [from, to]
    start, end : shape (label,)
    mask : bool, shape (batch, n), right-padded
    labels : the name of each label; BIOUL tags are decoded to well-formed sequences
    """

    parts: ClassVar[type[Parts]] = Bigrams
    sentence_potentials = ("emissions",)
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
        batch, length, size = emissions.shape
        check_mask(mask, batch, length)
        check_labels(tuple(labels), size)
        check_shapes("transitions", transitions, (size, size), "from, to")
        check_shapes("start", start, (size,), "label")
        check_shapes("end", end, (size,), "label")
        self.emissions, self.transitions = at_least_float32(emissions), at_least_float32(transitions)
        self.start, self.end = at_least_float32(start), at_least_float32(end)
        self.mask = mask
        self.labels = tuple(labels)

    @property
    def log_partition(self) -> Tensor:
        log_z, marginals = self._inference
        # Shape: (batch,)
        shifts = self._shifts.squeeze(-1).masked_fill(~self.mask, 0.0).sum(1, dtype=torch.float64)
        value = (log_z + shifts).to(self.emissions.dtype)
        return with_known_gradient(value, self._potentials, self._aligned(marginals))

    @property
    def marginals(self) -> Bigrams:
        return self._inference[1]

    @cached_property
    def token_marginals(self) -> Tensor:
        if "_inference" in self.__dict__:
            return self.marginals.tokens
        return _forward_backward(self._scores, self.transitions.detach(), self.lengths, with_counts=False)[1]

    @cached_property
    def argmax(self) -> Tensor:
        return self._viterbi(1).labels[:, 0]

    def n_best(self, k: int) -> NBest:
        labels, scores = self._viterbi(k)
        return NBest(labels, (scores.double() - self._inference[0].unsqueeze(1)).to(scores.dtype))

    def cross_entropy(self, expected: Parts) -> Tensor:
        """log Z(x) − Σ_u expected(u) · Score(u, x), shape (batch,); the expected labels of each word sum to 1."""
        expected = check_parts(expected, Bigrams)
        log_z, marginals = self._inference
        score = (expected.tokens * self._scores).sum((1, 2), dtype=torch.float64)
        score += (expected.transitions * self.transitions.detach()).sum((1, 2), dtype=torch.float64)
        difference = Bigrams(marginals.tokens - expected.tokens, marginals.transitions - expected.transitions)
        value = (log_z - score).to(self.emissions.dtype)
        return with_known_gradient(value, self._potentials, self._aligned(difference))

    def indicator(self, labels: Tensor) -> Bigrams:
        tokens = MaxEnt(self.emissions.detach(), self.mask, self.labels).indicator(labels).tokens
        return Bigrams(tokens, tokens[:, :-1].transpose(1, 2) @ tokens[:, 1:])

    def restricted(self, labels: Sequence[str]) -> LinearChain:
        kept = torch.tensor([self.labels.index(label) for label in labels], device=self.emissions.device)
        transitions = self.transitions[kept][:, kept]
        return LinearChain(
            self.emissions[..., kept], transitions, self.start[kept], self.end[kept], self.mask, labels
        )

    @property
    def _potentials(self) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        return self.emissions, self.transitions, self.start, self.end

    @cached_property
    def _inference(self) -> tuple[Tensor, Bigrams]:
        """log Z of `_scores` in float64, and the marginals: one forward–backward serves every query."""
        log_z, tokens, transitions = _forward_backward(
            self._scores, self.transitions.detach(), self.lengths, with_counts=True
        )
        return log_z, Bigrams(tokens, transitions)

    @cached_property
    def _scores(self) -> Tensor:
        """
        Emissions less their maximum at each word, with the start and end scores added at the first and last, detached.

        The shift changes no probability, and keeps the precision of potentials that are large or far from 0.
        """
        scores = (self.emissions.detach() - self._shifts).contiguous()
        scores[:, 0] += self.start.detach()
        scores[self._rows, self._last] += self.end.detach()
        return scores

    @cached_property
    def _shifts(self) -> Tensor:
        return self.emissions.detach().amax(-1, keepdim=True)

    def _aligned(self, parts: Bigrams) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """The numbers that multiply emissions, transitions, start and end in Σ_u parts(u) · Score(u)."""
        dtype = self.emissions.dtype
        return (
            parts.tokens,
            parts.transitions.to(dtype),
            parts.tokens[:, 0],
            parts.tokens[self._rows, self._last],
        )

    def _viterbi(self, k: int) -> NBest:
        return viterbi.n_best(self._scores, self.transitions.detach(), self.lengths, self.labels, k)

    @cached_property
    def _rows(self) -> Tensor:
        return torch.arange(len(self.mask), device=self.mask.device)

    @cached_property
    def _last(self) -> Tensor:
        return (self.lengths - 1).clamp(min=0)


def _forward_backward(
    scores: Tensor, transitions: Tensor, lengths: Tensor, with_counts: bool
) -> tuple[Tensor, Tensor, Tensor]:
    if scores.device.type != "cpu":
        return chain_torch.forward_backward(scores, transitions, lengths, with_counts)
    weights = scores.exp()
    log_z, counts = chain_numba.forward_backward(
        scores.numpy(), weights.numpy(), transitions.contiguous().numpy(), lengths.numpy(), with_counts
    )
    # The kernel has overwritten the weights with the token marginals.
    return torch.from_numpy(log_z), weights, torch.from_numpy(counts)
