"""The specification: every structure of a sentence with its score, and each quantity summed over them."""

import re
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from itertools import islice, product
from typing import Dict, List, Sequence, Tuple

import numpy as np

BIOUL_TAG = re.compile(r"O|[BIUL]-\S+")
WELL_FORMED = re.compile(r"(O |U-\S+ |B-(\S+) (I-\2 )*L-\2 )*")


@dataclass(frozen=True)
class Enumerated:
    """One sentence: structures (count, n) of label ids, and scores (count,) in float64."""

    labels: Tuple[str, ...]
    structures: np.ndarray
    scores: np.ndarray

    @cached_property
    def log_partition(self) -> float:
        return float(self.scores.max() + np.log(np.exp(self.scores - self.scores.max()).sum()))

    @cached_property
    def log_probabilities(self) -> np.ndarray:
        return self.scores - self.log_partition

    @cached_property
    def probabilities(self) -> np.ndarray:
        return np.exp(self.log_probabilities)

    @cached_property
    def token_marginals(self) -> np.ndarray:
        """P(y_i = y), shape (n, label)."""
        return np.einsum("c,cia->ia", self.probabilities, self._one_hot())

    def marginals_of(self, labels: Sequence[str]) -> np.ndarray:
        """P(y_i = y) for labels given by name, 0 for labels that the distribution lacks: shape (n, label)."""
        by_name = dict(zip(self.labels, self.token_marginals.T))
        zeros = np.zeros(self.structures.shape[1])
        return np.stack([by_name.get(label, zeros) for label in labels], 1)

    @cached_property
    def pair_marginals(self) -> np.ndarray:
        """P(y_{i−1} = a, y_i = b) for i ≥ 2, shape (n − 1, label, label)."""
        tokens = self._one_hot()
        return np.einsum("c,cia,cib->iab", self.probabilities, tokens[:, :-1], tokens[:, 1:])

    @cached_property
    def transitions(self) -> np.ndarray:
        """Expected counts of label bigrams, shape (label, label)."""
        return self.pair_marginals.sum(0)

    @property
    def entropy(self) -> float:
        return self.cross_entropy(self)

    def cross_entropy(self, student: "Enumerated") -> float:
        """−Σ_y P_t(y) log P_s(y), structures matched by their label names."""
        log_student = dict(zip(student.names, student.log_probabilities))
        return -sum(p * log_student.get(y, -np.inf) for y, p in zip(self.names, self.probabilities))

    def conditioned_on(self, student: "Enumerated") -> "Enumerated":
        """Conditions the distribution on the structures that the student has, too."""
        return self.where(self._is_shared_with(student))

    def where(self, kept: np.ndarray) -> "Enumerated":
        """Conditions the distribution on some structures: `kept` is bool, shape (count,)."""
        return replace(self, structures=self.structures[kept], scores=self.scores[kept])

    def mass_unknown_to(self, student: "Enumerated") -> float:
        """The probability of the structures that the student lacks."""
        return float(self.probabilities[~self._is_shared_with(student)].sum())

    @property
    def best(self) -> np.ndarray:
        """The best well-formed structure, shape (n,)."""
        return self.n_best(1)[0][0]

    def n_best(self, k: int) -> Tuple[np.ndarray, np.ndarray]:
        """The k best structures (well-formed ones where the labels are BIOUL tags) and their log-probabilities."""
        ranked = np.argsort(-self.scores, kind="stable")
        best = list(islice((c for c in ranked if self._is_well_formed(self.names[c])), k))
        return self.structures[best], self.log_probabilities[best]

    @cached_property
    def names(self) -> List[Tuple[str, ...]]:
        return [tuple([self.labels[y] for y in structure]) for structure in self.structures.tolist()]

    @property
    def expressible(self) -> List[int]:
        """The structures that can be given to a factorization: those without an id of −1."""
        return np.flatnonzero((self.structures >= 0).all(1)).tolist()

    def _is_well_formed(self, tags: Sequence[str]) -> bool:
        return not is_bioul(self.labels) or is_well_formed(tags)

    def _one_hot(self) -> np.ndarray:
        return np.eye(len(self.labels))[self.structures]

    def _is_shared_with(self, student: "Enumerated") -> np.ndarray:
        student_names = set(student.names)
        return np.array([name in student_names for name in self.names])


@lru_cache(maxsize=None)
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


def mixture(weighted: List[Tuple[float, Enumerated]], student: Enumerated) -> Enumerated:
    """The distribution Σ_k w_k P_k over the student's structures, which hold those of every P_k."""
    total = dict.fromkeys(student.names, 0.0)
    for weight, distribution in weighted:
        for name, probability in zip(distribution.names, distribution.probabilities):
            total[name] += weight * probability
    with np.errstate(divide="ignore"):
        return replace(student, scores=np.log(list(total.values())))


def is_bioul(labels: Sequence[str]) -> bool:
    return all(BIOUL_TAG.fullmatch(label) for label in labels)


def is_well_formed(tags: Sequence[str]) -> bool:
    """Whether the tags split into O, U-x and B-x I-x* L-x."""
    return WELL_FORMED.fullmatch("".join(f"{tag} " for tag in tags)) is not None
