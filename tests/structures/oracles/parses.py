"""The specification of parsers: every structure of a sentence as labels `head@relation`, with its score."""

from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from typing import Callable, Dict, Sequence, Tuple

import numpy as np

from tests.structures.oracles.brute_force import Enumerated
from tests.structures.oracles.mean_field import mean_field
from tests.structures.oracles.trees import head_assignments, is_projective, is_tree

Potentials = Dict[str, np.ndarray]


@dataclass(frozen=True)
class EnumeratedParses(Enumerated):
    """`labels` are those of a sentence of n words: head by head, 0 (ROOT) to n, and relation by relation."""

    relations: Tuple[str, ...]

    @property
    def joint(self) -> np.ndarray:
        """P(h → i, r), shape (n, n + 1, relation); one relation if there are none."""
        n = self.structures.shape[1]
        return self.token_marginals.reshape(n, n + 1, -1)

    @property
    def heads(self) -> np.ndarray:
        """Shape (count, n)."""
        return self.structures // max(1, len(self.relations))

    @property
    def without_relations(self) -> "EnumeratedParses":
        """The distribution over heads alone."""
        heads, which = np.unique(self.heads, axis=0, return_inverse=True)
        total = np.full(len(heads), -np.inf)
        np.logaddexp.at(total, which.reshape(-1), self.scores)
        return EnumeratedParses(arc_labels(heads.shape[1], ()), heads, total, ())

    def conditioned_on(self, student: "EnumeratedParses") -> "EnumeratedParses":
        return super(EnumeratedParses, self.predicted_by(student)).conditioned_on(student)

    def mass_unknown_to(self, student: "EnumeratedParses") -> float:
        return super(EnumeratedParses, self.predicted_by(student)).mass_unknown_to(student)

    def predicted_by(self, student: "EnumeratedParses") -> "EnumeratedParses":
        """The distribution over what the student predicts: heads alone, if it has no relations."""
        return self if student.relations else self.without_relations

    def _is_well_formed(self, tags: Sequence[str]) -> bool:
        return is_tree([int(tag.split("@")[0]) for tag in tags])


def arc_labels(n: int, relations: Tuple[str, ...]) -> Tuple[str, ...]:
    return tuple(f"{head}@{relation}" for head in range(n + 1) for relation in relations or ("",))


def enumerate_head_selection(potentials: Potentials, labels: Tuple[str, ...]) -> EnumeratedParses:
    """Score(y) = Σ_i s(h_i → i) + log P(r_i | h_i → i), over any heads."""
    return _enumerate(potentials, labels, lambda heads: True)


def enumerate_trees(potentials: Potentials, labels: Tuple[str, ...]) -> EnumeratedParses:
    return _enumerate(potentials, labels, is_tree)


def enumerate_projective_trees(potentials: Potentials, labels: Tuple[str, ...]) -> EnumeratedParses:
    return _enumerate(potentials, labels, is_projective)


def enumerate_second_order(potentials: Potentials, labels: Tuple[str, ...]) -> EnumeratedParses:
    """The posterior Q that mean field finds in three iterations."""
    return enumerate_head_selection({**potentials, "arcs": mean_field_of(potentials)}, labels)


def mean_field_of(potentials: Potentials, iterations: int = 3) -> np.ndarray:
    """The last logits of mean field, shape (n, n + 1)."""
    return mean_field(potentials["arcs"], potentials["siblings"], potentials["grandparents"], iterations)


def enumerate_arc_labels(potentials: Potentials, labels: Tuple[str, ...]) -> EnumeratedParses:
    """Score(y) = Σ_i s_i(y_i), over the labels that denote an arc."""
    scores, heads = potentials["scores"], potentials["heads"]
    places = np.array(list(product(*(np.flatnonzero(row >= 0) for row in heads))))
    words = np.arange(len(scores))
    structures = heads[words, places] * len(labels) + potentials["relation_of"][places]
    return EnumeratedParses(arc_labels(len(scores), labels), structures, scores[words, places].sum(1), labels)


def log_softmax(scores: np.ndarray) -> np.ndarray:
    return scores - np.logaddexp.reduce(scores, axis=-1, keepdims=True)


def _enumerate(potentials: Potentials, labels: Tuple[str, ...], allowed: Callable) -> EnumeratedParses:
    arcs = potentials["arcs"]
    n, size = len(arcs), max(1, len(labels))
    scores = np.repeat(arcs[..., None], size, -1)
    if labels:
        scores = scores + log_softmax(potentials["relations"])
    heads, relations = _heads(n, allowed), np.array(list(product(range(size), repeat=n)))
    structures = (heads[:, None] * size + relations).reshape(-1, n)
    total = scores.reshape(n, -1)[np.arange(n), structures].sum(1)
    return EnumeratedParses(arc_labels(n, labels), structures, total, labels)


_heads = lru_cache(maxsize=None)(head_assignments)
