"""The specification: every label sequence of a sentence with its score, and each quantity summed over them."""

import re
from dataclasses import dataclass, replace
from itertools import product
from typing import Dict, Iterator, List, Sequence, Tuple

import numpy as np

BIOUL_TAG = re.compile(r"O|[BIUL]-\S+")
WELL_FORMED = re.compile(r"(O |U-\S+ |B-(\S+) (I-\2 )*L-\2 )*")


@dataclass(frozen=True)
class Enumerated:
    """One sentence: structures (count, n) of label ids, and scores (count,) in float64."""

    labels: Tuple[str, ...]
    structures: np.ndarray
    scores: np.ndarray

    @property
    def log_partition(self) -> float:
        return float(self.scores.max() + np.log(np.exp(self.scores - self.scores.max()).sum()))

    @property
    def log_probabilities(self) -> np.ndarray:
        return self.scores - self.log_partition

    @property
    def probabilities(self) -> np.ndarray:
        return np.exp(self.log_probabilities)

    @property
    def token_marginals(self) -> np.ndarray:
        """P(y_i = y), shape (n, label)."""
        return np.einsum("c,cia->ia", self.probabilities, self._one_hot())

    @property
    def pair_marginals(self) -> np.ndarray:
        """P(y_{i−1} = a, y_i = b) for i ≥ 2, shape (n − 1, label, label)."""
        tokens = self._one_hot()
        return np.einsum("c,cia,cib->iab", self.probabilities, tokens[:, :-1], tokens[:, 1:])

    @property
    def transitions(self) -> np.ndarray:
        """Expected counts of label bigrams, shape (label, label)."""
        return self.pair_marginals.sum(0)

    @property
    def entropy(self) -> float:
        return self.cross_entropy(self)

    def cross_entropy(self, student: "Enumerated") -> float:
        """−Σ_y P_t(y) log P_s(y), structures matched by their label names."""
        log_student = dict(zip(student.names(), student.log_probabilities))
        return -sum(p * log_student.get(y, -np.inf) for y, p in zip(self.names(), self.probabilities))

    def restricted_to(self, labels: Sequence[str]) -> "Enumerated":
        """Conditioned on the structures that use these labels only."""
        kept = self._uses_only(labels)
        return replace(self, structures=self.structures[kept], scores=self.scores[kept])

    def mass_outside(self, labels: Sequence[str]) -> float:
        """The probability of the structures that use another label."""
        return float(self.probabilities[~self._uses_only(labels)].sum())

    def n_best(self, k: int) -> Tuple[np.ndarray, np.ndarray]:
        """The k best structures (well-formed ones where the labels are BIOUL tags) and their log-probabilities."""
        allowed = [c for c, tags in enumerate(self.names()) if not is_bioul(self.labels) or is_well_formed(tags)]
        best = sorted(allowed, key=lambda c: -self.scores[c])[:k]
        return self.structures[best], self.log_probabilities[best]

    def names(self) -> Iterator[Tuple[str, ...]]:
        return (tuple(self.labels[y] for y in structure) for structure in self.structures)

    def _one_hot(self) -> np.ndarray:
        return np.eye(len(self.labels))[self.structures]

    def _uses_only(self, labels: Sequence[str]) -> np.ndarray:
        return np.array([set(tags) <= set(labels) for tags in self.names()])


def all_structures(length: int, size: int) -> np.ndarray:
    """Every sequence of `length` label ids, shape (size ** length, length)."""
    return np.array(list(product(range(size), repeat=length)))


def enumerate_max_ent(potentials: Dict[str, np.ndarray], labels: Tuple[str, ...]) -> Enumerated:
    """Score(y) = Σ_i s_i(y_i)."""
    scores = potentials["scores"]
    structures = all_structures(*scores.shape)
    return Enumerated(labels, structures, scores[np.arange(len(scores)), structures].sum(1))


def enumerate_linear_chain(potentials: Dict[str, np.ndarray], labels: Tuple[str, ...]) -> Enumerated:
    """Score(y) = start(y_1) + Σ_i e_i(y_i) + Σ_{i≥2} A(y_{i−1}, y_i) + end(y_n)."""
    emissions = potentials["emissions"]
    structures = all_structures(*emissions.shape)
    scores = emissions[np.arange(len(emissions)), structures].sum(1)
    scores = scores + potentials["transitions"][structures[:, :-1], structures[:, 1:]].sum(1)
    scores = scores + potentials["start"][structures[:, 0]] + potentials["end"][structures[:, -1]]
    return Enumerated(labels, structures, scores)


def mixture(weighted: List[Tuple[float, Enumerated]]) -> Enumerated:
    """The distribution Σ_k w_k P_k over the same structures."""
    first = weighted[0][1]
    probabilities = sum(weight * distribution.probabilities for weight, distribution in weighted)
    return replace(first, scores=np.log(probabilities))


def is_bioul(labels: Sequence[str]) -> bool:
    return all(BIOUL_TAG.fullmatch(label) for label in labels)


def is_well_formed(tags: Sequence[str]) -> bool:
    """Whether the tags split into O, U-x and B-x I-x* L-x."""
    return WELL_FORMED.fullmatch("".join(f"{tag} " for tag in tags)) is not None
