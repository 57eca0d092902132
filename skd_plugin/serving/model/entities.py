"""The entities of a batch of distributions, read off at once: the best ones, and P(entity | x) of each."""

from typing import List, NamedTuple, Tuple

from skd_plugin.structures import Factorization, Segments
from skd_plugin.structures.projections.translation import spans_of_tags
from skd_plugin.structures.sequences import bioul
from skd_plugin.structures.sequences.labeling import Labeling
from skd_plugin.structures.spans.span_factored import SpanFactored


class Entity(NamedTuple):
    """The words from `first` to `last` of a sentence, counted from 0, and the probability that they are an entity."""

    first: int
    last: int
    label: str
    probability: float


def entities(found: Factorization) -> List[List[Entity]]:
    """Those of each sentence in their order; they share no word."""
    spans, types = _spans(found)
    assert isinstance(found, (Labeling, SpanFactored))
    rows, words = (spans.widths > 0).nonzero(as_tuple=True)
    last = words + spans.widths[rows, words] - 1
    probabilities = found.span_probabilities(spans)[rows, words]
    columns = (rows, words, last, spans.types[rows, words], probabilities)
    result: List[List[Entity]] = [[] for _ in range(len(found.mask))]
    for row, first, end, kind, probability in zip(*(column.tolist() for column in columns)):
        result[row].append(Entity(first, end, types[kind], probability))
    return result


def _spans(found: Factorization) -> Tuple[Segments, Tuple[str, ...]]:
    """The best spans, and the names of their types."""
    if isinstance(found, SpanFactored):
        return found.argmax, found.labels
    types = bioul.types(found.labels)
    return spans_of_tags(found.argmax, found.labels, types, found.mask), types
