"""Expected parts by enumeration, for every part space."""

from dataclasses import fields
from typing import Any, Callable, Dict, List, Optional, Tuple, Type

import numpy as np
import torch
from torch import Tensor

from skd_plugin.structures import Arcs, ArcTokens, Bigrams, Parts, Spans, Tokens
from tests.structures.oracles.brute_force import Enumerated
from tests.structures.oracles.parses import arc_labels
from tests.structures.oracles.spans import EnumeratedSpans, spans_of
from tests.structures.samples.sample import Sample, close

Numbers = Tuple[Optional[np.ndarray], ...]


def check_parts(actual: Parts, enumerated: List[Enumerated], student: Sample) -> None:
    """Asserts that parts of the student's space are those of the enumerated distributions, and zero on padding."""
    for index, (distribution, sentence) in enumerate(zip(enumerated, student.sentences())):
        expected = exact_parts(type(actual), distribution, sentence)
        values = _numbers(actual)
        assert [value is None for value in values] == [value is None for value in expected]
        for value, exact in zip(values, expected):
            if exact is not None:
                close(value[index], _padded(exact, value[index].shape))


def exact_parts(space: Type[Parts], distribution: Enumerated, sentence: Sample) -> Numbers:
    """The expected parts of a sentence, in the order of the fields of the part space, over the labels of `sentence`."""
    return _EXACT[space](distribution, sentence)


def exact_choices(space: Type[Parts], distribution: Enumerated, sentence: Sample) -> np.ndarray:
    """The most probable alternative at each word, shape (n,); for spans, the type that covers it, from 1, or 0."""
    first = exact_parts(space, distribution, sentence)[0]
    if space is not Spans:
        return first.argmax(-1)
    n, width, size = first.shape
    covered = np.zeros((n, 1 + size))
    for i, w, t in np.ndindex(n, width, size):
        covered[i : i + w + 1, 1 + t] += first[i, w, t]
    covered[:, 0] = 1 - covered.sum(1)
    return covered.argmax(-1)


def tensors(value: Any) -> List[Tensor]:
    """The tensors of parts, of a structure, or of n-best structures."""
    if isinstance(value, Tensor):
        return [value]
    inside = _numbers(value) if isinstance(value, Parts) else list(value)
    return [tensor for tensor in inside if tensor is not None]


def _numbers(parts: Parts) -> List[Optional[Tensor]]:
    if isinstance(parts, Arcs):
        return [parts.arcs, parts.relations]
    return [getattr(parts, part.name) for part in fields(parts)]


def _tokens(distribution: Enumerated, sentence: Sample) -> Numbers:
    return (distribution.marginals_of(sentence.labels),)


def _bigrams(distribution: Enumerated, sentence: Sample) -> Numbers:
    ids = [distribution.labels.index(label) if label in distribution.labels else -1 for label in sentence.labels]
    grown = np.pad(distribution.transitions, (0, 1))
    return distribution.marginals_of(sentence.labels), grown[np.ix_(ids, ids)]


def _arcs(distribution: Enumerated, sentence: Sample) -> Numbers:
    n = sentence.lengths[0]
    joint = distribution.marginals_of(arc_labels(n, sentence.labels)).reshape(n, n + 1, -1)
    if not sentence.labels:
        return joint.sum(-1), None
    return joint.sum(-1), joint


def _arc_tokens(distribution: Enumerated, sentence: Sample) -> Numbers:
    tables = sentence.arrays()
    names = [[f"{head}@{sentence.labels[r]}" for head, r in zip(row, tables["relation_of"])] for row in tables["heads"]]
    return (np.stack([distribution.marginals_of(row)[word] for word, row in enumerate(names)]),)


def _spans(distribution: Enumerated, sentence: Sample) -> Numbers:
    total = np.zeros(sentence.potentials["scores"].shape[1:])
    if isinstance(distribution, EnumeratedSpans):
        return (_placed(distribution, total, sentence.labels),)
    for probability, tags in zip(distribution.probabilities, distribution.names):
        for first, words, kind in spans_of(tags):
            total[first, words - 1, sentence.labels.index(kind)] += probability
    return (total,)


def _placed(distribution: EnumeratedSpans, total: np.ndarray, types: Tuple[str, ...]) -> np.ndarray:
    """Moves span marginals to axes with other widths and types; spans that these axes lack must have marginal 0."""
    for (first, w, t), probability in np.ndenumerate(distribution.span_marginals):
        if probability > 0:
            total[first, w, types.index(distribution.types[t])] = probability
    return total


_EXACT: Dict[Type[Parts], Callable[[Enumerated, Sample], Numbers]] = {
    Tokens: _tokens,
    Bigrams: _bigrams,
    Arcs: _arcs,
    ArcTokens: _arc_tokens,
    Spans: _spans,
}


def _padded(exact: np.ndarray, shape: torch.Size) -> np.ndarray:
    full = np.zeros(shape)
    full[tuple(map(slice, exact.shape))] = exact
    return full
