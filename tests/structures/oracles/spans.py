"""The specification of spans: every set of labelled spans of a sentence, named by its BIOUL tags, with its score."""

import re
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import Callable, Dict, List, Optional, Sequence, Tuple

import numpy as np

from tests.structures.oracles.brute_force import Enumerated, all_structures, enumerate_linear_chain, is_well_formed

Potentials = Dict[str, np.ndarray]
# The first word, the number of words, and the type.
Span = Tuple[int, int, str]

ENTITY = re.compile(r"(?<!\S)(?:U-(\S+) |B-(\S+) (?:I-\2 )*L-\2 )")


@dataclass(frozen=True)
class EnumeratedSpans(Enumerated):
    """
    `labels` are the BIOUL tags of all types. Sets of spans that overlap cannot be expressed in them: their ids are
    −1, and their names are no tags. `spans` are 0 or 1, shape (count, n, width, type).
    """

    spans: np.ndarray
    types: Tuple[str, ...]

    @property
    def span_marginals(self) -> np.ndarray:
        """P(i, j, t), shape (n, width, type)."""
        return np.tensordot(self.probabilities, self.spans, 1)

    @cached_property
    def names(self) -> List[Tuple[str, ...]]:
        return [self._name(*structure) for structure in zip(self.structures, self.spans)]

    def where(self, kept: np.ndarray) -> "EnumeratedSpans":
        return replace(super().where(kept), spans=self.spans[kept])

    def _name(self, tags: np.ndarray, spans: np.ndarray) -> Tuple[str, ...]:
        if tags[0] >= 0:
            return tuple(self.labels[y] for y in tags)
        return tuple(sorted(f"{i}+{w}@{self.types[t]}" for i, w, t in np.argwhere(spans)))


def enumerate_flat_spans(potentials: Potentials, types: Tuple[str, ...]) -> EnumeratedSpans:
    """Score(y) = Σ_{(i,j,t)∈y} s(i, j, t), over sets of spans that share no word."""
    return _enumerate(potentials["scores"], types, flat_sets)


def enumerate_independent_spans(potentials: Potentials, types: Tuple[str, ...]) -> EnumeratedSpans:
    """Score(y) = Σ_{(i,j,t)∈y} s(i, j, t), over all sets in which a span has at most one type."""
    return _enumerate(potentials["scores"], types, all_sets)


def enumerate_constrained_chain(
    potentials: Potentials, labels: Tuple[str, ...], max_width: Optional[int] = None
) -> Enumerated:
    """A linear chain over well-formed tags whose spans have `max_width` words at most."""
    length = len(potentials["emissions"])
    return enumerate_linear_chain(potentials, labels).where(_allowed(labels, length, max_width or length))


@lru_cache(maxsize=None)
def flat_sets(n: int, width: int, size: int) -> np.ndarray:
    """All flat sets, shape (count, n, width, type): those after a first span, and after a first word outside."""
    if n == 0:
        return np.zeros((1, 0, width, size))
    parts = [_behind(1, None, n, width, size)]
    for w in range(min(width, n)):
        parts += [_behind(w + 1, (0, w, t), n, width, size) for t in range(size)]
    return np.concatenate(parts)


@lru_cache(maxsize=None)
def all_sets(n: int, width: int, size: int) -> np.ndarray:
    """Each span that ends within the sentence, of some type or of none; shape (count, n, width, type)."""
    places = [(i, w) for i in range(n) for w in range(min(width, n - i))]
    chosen = all_structures(len(places), size + 1)
    sets = np.zeros((len(chosen), n, width, size))
    for (i, w), types in zip(places, chosen.T):
        sets[:, i, w] = np.eye(size + 1)[types][:, 1:]
    return sets


def tags_of(types: Sequence[str]) -> Tuple[str, ...]:
    """All BIOUL tags of these types."""
    return ("O", *(f"{prefix}-{kind}" for prefix in "BILU" for kind in types))


def spans_of(tags: Sequence[str]) -> List[Span]:
    """The spans of well-formed tags."""
    text = "".join(f"{tag} " for tag in tags)
    matches = ENTITY.finditer(text)
    return [(text[: match.start()].count(" "), match[0].count(" "), match[1] or match[2]) for match in matches]


def _behind(first: int, span: Optional[Tuple[int, int, int]], n: int, width: int, size: int) -> np.ndarray:
    """The flat sets of the words from `first` on, with a span before them if one is given."""
    sets = np.pad(flat_sets(n - first, width, size), ((0, 0), (first, 0), (0, 0), (0, 0)))
    if span is not None:
        sets[(slice(None), *span)] = 1
    return sets


def _enumerate(scores: np.ndarray, types: Tuple[str, ...], sets: Callable[..., np.ndarray]) -> EnumeratedSpans:
    spans = sets(*scores.shape)
    ids = _tag_ids(sets, *scores.shape)
    return EnumeratedSpans(tags_of(types), ids, np.tensordot(spans, scores, 3), spans, types)


@lru_cache(maxsize=None)
def _tag_ids(sets: Callable[..., np.ndarray], n: int, width: int, size: int) -> np.ndarray:
    """The tag ids of each set in the order of `tags_of`, shape (count, n); −1 if spans overlap."""
    spans = sets(n, width, size)
    ids, covered = np.zeros((2, len(spans), n), dtype=np.int64)
    for c, i, w, t in np.argwhere(spans):
        prefixes = "U" if w == 0 else "B" + "I" * (w - 1) + "L"
        ids[c, i : i + w + 1] = ["BILU".index(prefix) * size + t + 1 for prefix in prefixes]
        covered[c, i : i + w + 1] += 1
    return np.where((covered > 1).any(1, keepdims=True), -1, ids)


@lru_cache(maxsize=None)
def _allowed(labels: Tuple[str, ...], length: int, widest: int) -> np.ndarray:
    """Which of all sequences of labels are well-formed and have no span of more words than `widest`."""
    structures = all_structures(length, len(labels)).tolist()
    return np.array([_is_allowed([labels[y] for y in structure], widest) for structure in structures])


def _is_allowed(tags: Sequence[str], widest: int) -> bool:
    return is_well_formed(tags) and all(words <= widest for _, words, _ in spans_of(tags))
