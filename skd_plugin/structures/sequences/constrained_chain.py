"""Chains of well-formed tags: P(y|x) ∝ exp Score(y, x) of a linear chain, over well-formed BIOUL sequences only."""

from __future__ import annotations

from functools import cached_property, partial
from typing import Sequence, final

import torch
from torch import Tensor

from skd_plugin.structures.algebra.part_spaces import Bigrams, Spans
from skd_plugin.structures.algebra.potentials import IMPOSSIBLE
from skd_plugin.structures.algebra.scored_spans import ScoredSpans, entries_above
from skd_plugin.structures.algebra.structure import NBest, Segments, check_segments, gather_spans
from skd_plugin.structures.kernels.chains.forward_backward import (
    ChainPotentials,
    Inference,
    Shifted,
    forward_backward,
    shifted,
)
from skd_plugin.structures.kernels.chains.span_marginals import span_marginals
from skd_plugin.structures.kernels.compiled import one_on_cpu
from skd_plugin.structures.sequences import bioul, tag_runs
from skd_plugin.structures.sequences.bounded_spans import StateSpace, check_gold, state_space
from skd_plugin.structures.sequences.chain import Chain
from skd_plugin.structures.sequences.decoding import best_labels, k_best_labels
from skd_plugin.structures.sequences.labeling import Labeling
from skd_plugin.structures.sequences.probable_runs import Runs, runs_of_chain


@final
class ConstrainedChain(Chain):
    """
    The distribution of the `LinearChain` with the same potentials, conditioned on well-formed BIOUL tags and, with a
    maximal width, on spans that are not wider. The constraints are not part of the potentials.

    # Parameters

    emissions, transitions, start, end, mask : see `Chain`
    labels : BIOUL tags, O included; if tags of a type are missing, so are the spans that need them
    max_width : spans of more words have probability 0; None for no limit
    """

    settings = ("max_width",)

    def __init__(
        self,
        emissions: Tensor,
        transitions: Tensor,
        start: Tensor,
        end: Tensor,
        mask: Tensor,
        labels: Sequence[str],
        max_width: int | None = None,
    ) -> None:
        super().__init__(emissions, transitions, start, end, mask, labels)
        if not bioul.is_bioul(self.labels) or "O" not in self.labels:
            raise ValueError(
                f"The labels are {', '.join(self.labels)}, expected BIOUL tags with an O, so that every sentence has a "
                "well-formed sequence. Add the O, or use a LinearChain."
            )
        if max_width is not None and max_width < 1:
            raise ValueError(f"max_width is {max_width}; a span has at least one word. Give None for no limit.")
        self.max_width = max_width

    @cached_property
    def spans(self) -> Spans:
        """
        P(i, j, t | x) over the types of the tags, detached. The axis of widths is as long as the longest sentence, or
        `max_width` if that is less.
        """
        kernel = partial(
            span_marginals,
            shared=[potential.cpu().numpy() for potential in self._detached[1:]],
            outside=self.labels.index("O"),
            tags=bioul.ids(self.labels, bioul.types(self.labels)),
            width=self._limit or self.mask.shape[1],
        )
        return Spans(one_on_cpu(kernel, self.emissions, self.lengths))

    @cached_property
    def argmax(self) -> Tensor:
        scores, transitions = self._shifted_states.scores, self._states.transitions
        states = best_labels(scores, transitions, self.lengths, self._state_space.free, self.labels)
        return self._state_space.tags_of(states)

    def n_best(self, k: int) -> NBest:
        scores, transitions = self._shifted_states.scores, self._states.transitions
        states, totals = k_best_labels(scores, transitions, self.lengths, self._state_space.free, self.labels, k)
        missing = totals < IMPOSSIBLE / 2
        tags = self._state_space.tags_of(states).masked_fill(missing.unsqueeze(-1), 0)
        log_probabilities = totals + (self._shifted_states.total - self._without_counts.log_z).unsqueeze(1)
        return NBest(tags, log_probabilities.to(self.emissions.dtype).masked_fill(missing, -torch.inf))

    def indicator(self, labels: Tensor) -> Bigrams:
        """The parts of gold tags. Raises `ValueError` for tags with probability 0: their cross-entropy is infinite."""
        parts = super().indicator(labels)
        check_gold(labels.masked_fill(~self.mask, 0), self.mask, self.labels, self._limit)
        return parts

    def span_probabilities(self, spans: Segments) -> Tensor:
        # Without a limit, the table of all spans would have n² entries per type.
        if self._limit is None:
            return tag_runs.probabilities(self._states, self.token_marginals, spans, self.mask, self.labels)
        checked = check_segments(spans, self.mask, len(bioul.types(self.labels)))
        return gather_spans(self.spans.spans, checked).clamp(0, 1)

    def spans_above(self, threshold: float) -> ScoredSpans:
        return super().spans_above(threshold) if self._limit is None else entries_above(self.spans.spans, threshold)

    @property
    def expected_spans(self) -> Tensor:
        return super().expected_spans if self._limit is None else self.spans.spans.sum((1, 2, 3))

    @property
    def _runs(self) -> Runs:
        return runs_of_chain(self._states, self.token_marginals, self.lengths, self.labels)

    def restricted(self, labels: Sequence[str]) -> ConstrainedChain:
        return ConstrainedChain(*self._select_labels(labels), self.mask, labels, self.max_width)

    @property
    def _limit(self) -> int | None:
        """The maximal width, or None if no sentence of the batch has room for a wider span."""
        return None if self.max_width is None or self.max_width >= self.mask.shape[1] else self.max_width

    @property
    def _state_space(self) -> StateSpace:
        return state_space(self.labels, self._limit)

    @cached_property
    def _states(self) -> ChainPotentials:
        return self._state_space.chain(self._detached)

    @cached_property
    def _shifted_states(self) -> Shifted:
        return shifted(self._states, self.lengths)

    def _infer(self, with_counts: bool) -> Inference:
        states = forward_backward(self._states, self._shifted_states, self.lengths, with_counts)
        return self._state_space.sum_by_tag(states, len(self.labels))


def constrained(teacher: Labeling, max_width: int | None = None) -> ConstrainedChain:
    """Conditions a distribution on well-formed BIOUL tags and on spans of at most `max_width` words."""
    limits = [max_width, teacher.max_width if isinstance(teacher, ConstrainedChain) else None]
    limit = min((width for width in limits if width is not None), default=None)
    return ConstrainedChain(*teacher.as_chain, teacher.mask, teacher.labels, limit)
