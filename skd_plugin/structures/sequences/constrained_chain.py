"""Chain of well-formed tags: P(y|x) ∝ exp Score(y, x) of a linear chain, over well-formed BIOUL tag sequences alone."""

from __future__ import annotations

from functools import cached_property, partial
from typing import Sequence, final

import torch
from torch import Tensor

from skd_plugin.structures.algebra.part_spaces import Bigrams, Spans
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
from skd_plugin.structures.sequences.bounded_spans import IMPOSSIBLE, StateSpace, check_gold, state_space
from skd_plugin.structures.sequences.chain import Chain
from skd_plugin.structures.sequences.decoding import best_labels, k_best_labels
from skd_plugin.structures.sequences.labeling import Labeling


@final
class ConstrainedChain(Chain):
    """
    The distribution of the `LinearChain` with the same potentials, conditioned on well-formed BIOUL tags, if wanted
    without wide spans. Its potentials are those of the chain; that other sequences have no probability is none.

    # Parameters

    emissions, transitions, start, end, mask : as in `Chain`
    labels : BIOUL tags with O among them; a type may lack tags, then it lacks the spans that need them
    max_width : spans of more words have no probability
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
                f"The labels are {', '.join(self.labels)}, expected BIOUL tags with an O among them, so that every "
                "sentence has a well-formed sequence. Add the O, or use a LinearChain."
            )
        if max_width is not None and max_width < 1:
            raise ValueError(f"max_width is {max_width}; a span has at least one word. Give None for no limit.")
        self.max_width = max_width

    @cached_property
    def spans(self) -> Spans:
        """P(i, j, t | x) over the types of the tags; no wider than the longest sentence and `max_width`; detached."""
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
        states = best_labels(
            self._shifted.scores, self._states.transitions, self.lengths, self._state_space.free, self.labels
        )
        return self._state_space.tags_of(states)

    def n_best(self, k: int) -> NBest:
        states, scores = k_best_labels(
            self._shifted.scores, self._states.transitions, self.lengths, self._state_space.free, self.labels, k
        )
        missing = scores < IMPOSSIBLE / 2
        tags = self._state_space.tags_of(states).masked_fill(missing.unsqueeze(-1), 0)
        log_probabilities = scores + (self._shifted.total - self._without_counts.log_z).unsqueeze(1)
        return NBest(tags, log_probabilities.to(self.emissions.dtype).masked_fill(missing, -torch.inf))

    def indicator(self, labels: Tensor) -> Bigrams:
        """Refuses tags that have no probability, whose cross-entropy would be infinite."""
        found = super().indicator(labels)
        check_gold(labels.masked_fill(~self.mask, 0), self.mask, self.labels, self._limit)
        return found

    def span_probabilities(self, spans: Segments) -> Tensor:
        """The table of all spans is made only where their width has a limit; it would be n² without one."""
        if self._limit is None:
            return tag_runs.probabilities(self._states, self.token_marginals, spans, self.mask, self.labels)
        known = check_segments(spans, self.mask, len(bioul.types(self.labels)))
        return gather_spans(self.spans.spans, known).clamp(0, 1)

    def restricted(self, labels: Sequence[str]) -> ConstrainedChain:
        return ConstrainedChain(*self._among(labels), self.mask, labels, self.max_width)

    @property
    def _limit(self) -> int | None:
        """The maximal width where a span can be wider."""
        return None if self.max_width is None or self.max_width >= self.mask.shape[1] else self.max_width

    @property
    def _state_space(self) -> StateSpace:
        return state_space(self.labels, self._limit)

    @cached_property
    def _states(self) -> ChainPotentials:
        return self._state_space.chain(self._detached)

    @cached_property
    def _shifted(self) -> Shifted:
        return shifted(self._states, self.lengths)

    def _infer(self, with_counts: bool) -> Inference:
        found = forward_backward(self._states, self._shifted, self.lengths, with_counts)
        return self._state_space.sum_by_tag(found, len(self.labels))


def constrained(teacher: Labeling, max_width: int | None = None) -> ConstrainedChain:
    """Conditioned on well-formed BIOUL tags, and on spans of so many words at most."""
    limits = [max_width, teacher.max_width if isinstance(teacher, ConstrainedChain) else None]
    limit = min((width for width in limits if width is not None), default=None)
    return ConstrainedChain(*teacher.as_chain, teacher.mask, teacher.labels, limit)
