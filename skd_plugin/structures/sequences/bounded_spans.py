"""The states of a chain with a maximal width of spans: tags with their place in the span, I-x@2, I-x@3, …"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from skd_plugin.structures.kernels.chains.forward_backward import ChainPotentials, Inference
from skd_plugin.structures.kernels.chains.viterbi import Legal
from skd_plugin.structures.sequences import bioul
from skd_plugin.structures.sequences.bioul import well_formed

# Far below `FORBIDDEN`, which a potential may be: what is not allowed scores less than anything that is.
IMPOSSIBLE = -1e30


class StateSpace(NamedTuple):
    """
    The states of a chain. Each state is a tag and its place in a span; only I-x has several states. The sequences of
    states that are allowed correspond, one to one, to the well-formed tag sequences without wider spans.

    tags : the id of the tag of each state, shape (state,)
    allowed : which states may follow each other, open a sentence, and close it
    """

    tags: np.ndarray
    allowed: Legal

    @property
    def free(self) -> Legal:
        """What decoding has to forbid: nothing, because the potentials of `chain` already do."""
        return Legal(*(np.ones_like(allowed) for allowed in self.allowed))

    def chain(self, potentials: ChainPotentials) -> ChainPotentials:
        """The potentials of the states, from those of the tags; `IMPOSSIBLE` where something is not allowed."""
        emissions, transitions, start, end = (p.index_select(-1, self._tags_on(p)) for p in potentials)
        steps = transitions.index_select(0, self._tags_on(transitions))
        shared = (_masked(p, allowed) for p, allowed in zip((steps, start, end), self.allowed))
        return ChainPotentials(emissions, *shared)

    def sum_by_tag(self, states: Inference, size: int) -> Inference:
        """The results for the states, summed over the states of each of `size` tags."""
        if len(self.tags) == size:
            return states
        has_counts = states.counts.shape[1] > 0
        rows = self._sum_by_tag(states.counts, 1, size) if has_counts else states.counts
        return Inference(states.log_z, self._sum_by_tag(states.tokens, 2, size), self._sum_by_tag(rows, 2, size))

    def tags_of(self, states: Tensor) -> Tensor:
        return self._tags_on(states)[states]

    def _sum_by_tag(self, values: Tensor, axis: int, size: int) -> Tensor:
        shape = [*values.shape]
        shape[axis] = size
        return values.new_zeros(shape).index_add_(axis, self._tags_on(values), values)

    def _tags_on(self, value: Tensor) -> Tensor:
        return torch.from_numpy(self.tags).to(value.device)


@lru_cache(maxsize=None)
def state_space(labels: tuple[str, ...], max_width: int | None) -> StateSpace:
    """Without a maximal width the states are the tags."""
    if max_width is None:
        return StateSpace(np.arange(len(labels)), bioul.legal(labels))
    # Every tag has a state, though where spans have two words at most none leads from that of I-x to any other.
    inner = range(2, max(max_width, 3))
    states = [(k, w) for k, label in enumerate(labels) for w in (inner if label.startswith("I-") else (1,))]
    tags, words = np.array(states).T
    legal = bioul.legal(labels)
    is_inner, is_last = (np.array([label.startswith(prefix) for label in labels])[tags] for prefix in ("I-", "L-"))
    next_place, room = words[:, None] + 1 == words, words[:, None] < max_width
    steps = legal.transitions[np.ix_(tags, tags)] & (~is_inner | next_place) & (~is_last | room)
    return StateSpace(tags, Legal(steps, legal.start[tags], legal.end[tags]))


def check_gold(ids: Tensor, mask: Tensor, labels: tuple[str, ...], max_width: int | None) -> None:
    """Raises for tags, shape (batch, n), that are not well-formed or have a wider span."""
    wrong = ~well_formed(ids, mask, labels) | (mask & _too_wide(ids, labels, max_width)).any(1)
    if wrong.any():
        row = int(wrong.int().argmax())
        tags = " ".join(labels[k] for k in ids[row][mask[row]].tolist())
        width = "" if max_width is None else f" without spans of more than {max_width} words"
        raise ValueError(
            f"Sentence {row + 1} of the batch has the tags {tags}, expected well-formed BIOUL tags{width}: others have "
            "no probability here. Correct the tags, or use a LinearChain, which gives probability to all."
        )


def _too_wide(ids: Tensor, labels: tuple[str, ...], max_width: int | None) -> Tensor:
    """Whether a word is in a span, and that many words behind its first."""
    if max_width is None:
        return torch.zeros_like(ids, dtype=torch.bool)
    continues = torch.tensor([label[0] in "IL" for label in labels], device=ids.device)[ids]
    words = torch.arange(ids.shape[1], device=ids.device).expand_as(ids)
    first = words.masked_fill(continues, 0).cummax(1).values
    return continues & (words - first >= max_width)


def _masked(potential: Tensor, allowed: np.ndarray) -> Tensor:
    return potential.masked_fill(~torch.from_numpy(allowed).to(potential.device), IMPOSSIBLE)
