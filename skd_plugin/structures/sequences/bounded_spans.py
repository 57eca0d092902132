"""The states of a chain whose spans have a maximal width: tags with their position in the span, I-x@2, I-x@3, …"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from skd_plugin.structures.algebra.potentials import IMPOSSIBLE
from skd_plugin.structures.kernels.chains.forward_backward import ChainPotentials, Inference
from skd_plugin.structures.kernels.chains.viterbi import Legal
from skd_plugin.structures.sequences import bioul


class StateSpace(NamedTuple):
    """
    The states of a chain. A state is a tag with its position in the span; only I-x has more than one state. The allowed
    sequences of states correspond, one to one, to the well-formed tag sequences without spans that are too wide.

    tags : the tag id of each state, shape (state,)
    allowed : which states may follow each other, begin a sentence, and end it
    """

    tags: np.ndarray
    allowed: Legal

    @property
    def free(self) -> Legal:
        """The constraint for decoding, which allows everything, because the potentials of `chain` already forbid."""
        return Legal(*(np.ones_like(allowed) for allowed in self.allowed))

    def chain(self, potentials: ChainPotentials) -> ChainPotentials:
        """The potentials of the states from those of the tags; `IMPOSSIBLE` for what is not allowed."""
        emissions, transitions, start, end = (p.index_select(-1, self._tags_on(p.device)) for p in potentials)
        transitions = transitions.index_select(0, self._tags_on(transitions.device))
        shared = (_mask_potential(p, allowed) for p, allowed in zip((transitions, start, end), self.allowed))
        return ChainPotentials(emissions, *shared)

    def sum_by_tag(self, states: Inference, num_tags: int) -> Inference:
        """Sums the results for the states over the states of each tag."""
        if len(self.tags) == num_tags:
            return states
        has_counts = states.counts.shape[1] > 0
        counts = self._sum_axis_by_tag(states.counts, 1, num_tags) if has_counts else states.counts
        return Inference(
            states.log_z,
            self._sum_axis_by_tag(states.tokens, 2, num_tags),
            self._sum_axis_by_tag(counts, 2, num_tags),
        )

    def tags_of(self, states: Tensor) -> Tensor:
        return self._tags_on(states.device)[states]

    def _sum_axis_by_tag(self, values: Tensor, axis: int, num_tags: int) -> Tensor:
        shape = [*values.shape]
        shape[axis] = num_tags
        return values.new_zeros(shape).index_add_(axis, self._tags_on(values.device), values)

    def _tags_on(self, device: torch.device) -> Tensor:
        return torch.from_numpy(self.tags).to(device)


@lru_cache(maxsize=None)
def state_space(labels: tuple[str, ...], max_width: int | None) -> StateSpace:
    """The states of chains over BIOUL tags. Without a maximal width, the states are the tags."""
    if max_width is None:
        return StateSpace(np.arange(len(labels)), bioul.legal(labels))
    # Every tag has at least one state. If spans have at most two words, no sequence passes through the state of I-x.
    inner_positions = range(2, max(max_width, 3))
    states = [
        (tag, position)
        for tag, label in enumerate(labels)
        for position in (inner_positions if label.startswith("I-") else (1,))
    ]
    tags, position = np.array(states).T
    legal = bioul.legal(labels)
    is_inner, is_last = (np.array([label.startswith(prefix) for label in labels])[tags] for prefix in ("I-", "L-"))
    advances, has_room = position[:, None] + 1 == position, position[:, None] < max_width
    transitions = legal.transitions[np.ix_(tags, tags)] & (~is_inner | advances) & (~is_last | has_room)
    return StateSpace(tags, Legal(transitions, legal.start[tags], legal.end[tags]))


def check_gold(ids: Tensor, mask: Tensor, labels: tuple[str, ...], max_width: int | None) -> None:
    """Raises `ValueError` for tag ids, shape (batch, n), that are not well-formed or have a span that is too wide."""
    wrong = ~bioul.well_formed(ids, mask, labels) | (mask & _is_too_far(ids, labels, max_width)).any(1)
    if wrong.any():
        row = int(wrong.int().argmax())
        tags = " ".join(labels[k] for k in ids[row][mask[row]].tolist())
        width = "" if max_width is None else f" without spans of more than {max_width} words"
        raise ValueError(
            f"Sentence {row + 1} of the batch has the tags {tags}, expected well-formed BIOUL tags{width}: all others "
            "have probability 0. Correct the tags, or use a LinearChain, which gives probability to every sequence."
        )


def _is_too_far(ids: Tensor, labels: tuple[str, ...], max_width: int | None) -> Tensor:
    """Whether a word is in a span and at least `max_width` words after its first word: bool, shape (batch, n)."""
    if max_width is None:
        return torch.zeros_like(ids, dtype=torch.bool)
    continues = torch.tensor([label[0] in "IL" for label in labels], device=ids.device)[ids]
    words = torch.arange(ids.shape[1], device=ids.device).expand_as(ids)
    first = words.masked_fill(continues, 0).cummax(1).values
    return continues & (words - first >= max_width)


def _mask_potential(potential: Tensor, allowed: np.ndarray) -> Tensor:
    return potential.masked_fill(~torch.from_numpy(allowed).to(potential.device), IMPOSSIBLE)
