"""The entities of the sentences of a batch, with the probability P(entity | x) of each."""

from typing import List, NamedTuple

from skd_plugin.models import EntityDecoding, entity_types
from skd_plugin.structures import Factorization


class Entity(NamedTuple):
    """The words from `first` to `last` of a sentence, counted from 0, and the probability that they are an entity."""

    first: int
    last: int
    label: str
    probability: float


def best_entities(distribution: Factorization, decoding: EntityDecoding) -> List[List[Entity]]:
    """The entities of each sentence that the decoding chooses, in their order. No two share a word."""
    types, spans = entity_types(distribution), decoding.spans(distribution)
    result: List[List[Entity]] = [[] for _ in range(len(distribution.mask))]
    for row, first, last, kind, probability in zip(*(column.tolist() for column in spans)):
        result[row].append(Entity(first, last, types[kind], probability))
    return result
