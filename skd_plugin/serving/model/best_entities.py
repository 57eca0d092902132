"""The best entities of the sentences of a batch, with the probability P(entity | x) of each."""

from typing import List, NamedTuple, Tuple

from skd_plugin.structures import Factorization, Labeling, Segments, SpanFactored, bioul, spans_of_tags


class Entity(NamedTuple):
    """The words from `first` to `last` of a sentence, counted from 0, and the probability that they are an entity."""

    first: int
    last: int
    label: str
    probability: float


def best_entities(distribution: Factorization) -> List[List[Entity]]:
    """The best entities of each sentence, in their order. No two share a word."""
    spans, types = _best_spans(distribution)
    assert isinstance(distribution, (Labeling, SpanFactored))
    rows, words = (spans.widths > 0).nonzero(as_tuple=True)
    last = words + spans.widths[rows, words] - 1
    probabilities = distribution.span_probabilities(spans)[rows, words]
    columns = (rows, words, last, spans.types[rows, words], probabilities)
    result: List[List[Entity]] = [[] for _ in range(len(distribution.mask))]
    for row, first, end, kind, probability in zip(*(column.tolist() for column in columns)):
        result[row].append(Entity(first, end, types[kind], probability))
    return result


def _best_spans(distribution: Factorization) -> Tuple[Segments, Tuple[str, ...]]:
    """The best spans, and the names of their types."""
    if isinstance(distribution, SpanFactored):
        return distribution.argmax, distribution.labels
    types = bioul.types(distribution.labels)
    return spans_of_tags(distribution.argmax, distribution.labels, types, distribution.mask), types
