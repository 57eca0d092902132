"""
What is predicted and what is gold, as tables of items: entities, tags of words, or arcs.

An item that is found is right if the same item is gold. So one formula has every score:
2 · right / (found + gold) is F1, and where each word has one item, so that found = gold, it is the accuracy of tags,
or the attachment score.
"""

from typing import Callable, Dict, NamedTuple, Sequence

import numpy as np

# An item has to fit into 64 bits: its word, its extent, and its label.
_EXTENT_BITS, _LABEL_BITS = 20, 12


class Labels:
    """The ids of labels that several models share, by their names. New names get new ids."""

    def __init__(self) -> None:
        self._ids: Dict[str, int] = {}

    @property
    def names(self) -> Sequence[str]:
        return list(self._ids)

    def ids(self, names: Sequence[str]) -> np.ndarray:
        result = np.array([self._ids.setdefault(name, len(self._ids)) for name in names], dtype=np.int64)
        assert len(self._ids) < 1 << _LABEL_BITS
        return result


class Items(NamedTuple):
    """
    Items of a file. All arrays have the shape (item,).

    sentence : the sentence of each item, counted from 0
    word : the first word of an entity, or the dependent of an arc, counted from 0 over the file
    extent : the number of words of an entity, the number of the head (0 is ROOT) of an arc, or 0
    label : the id of the type, relation or tag
    probability : P(item | sentence); 1 for gold
    """

    sentence: np.ndarray
    word: np.ndarray
    extent: np.ndarray
    label: np.ndarray
    probability: np.ndarray

    @property
    def keys(self) -> np.ndarray:
        """A number for each item, the same for the same item."""
        return (((self.word << _EXTENT_BITS) | self.extent) << _LABEL_BITS) | self.label

    def relabelled(self, ids: np.ndarray) -> "Items":
        """The items with the label ids[label]."""
        return self._replace(label=ids[self.label])

    def chosen(self, mask: np.ndarray) -> "Items":
        return Items(*(column[mask] for column in self))


def right(found: Items, gold: Items) -> np.ndarray:
    """Whether each of the items that were found is gold: bool, shape (item,)."""
    return np.isin(found.keys, gold.keys)


class Grouping(NamedTuple):
    """
    Groups of items. What is asked of an item may depend on nothing but the item, so that an item that is right is
    gold in the same group.

    title : what the items are grouped by
    groups : the names of the groups
    group_of : the number of each item's group, shape (item,)
    """

    title: str
    groups: Sequence[str]
    group_of: Callable[[Items], np.ndarray]


def counts(found: Items, gold: Items, sentences: int, by: Grouping) -> np.ndarray:
    """How many items are right, are found, and are gold, in each group and sentence: shape (3, group, sentence)."""
    hits = found.chosen(right(found, gold))
    return np.stack([_number(items, sentences, by) for items in (hits, found, gold)])


def _number(items: Items, sentences: int, by: Grouping) -> np.ndarray:
    size = len(by.groups) * sentences
    cells = by.group_of(items) * sentences + items.sentence
    return np.bincount(cells, minlength=size).reshape(len(by.groups), sentences).astype(np.float32)


def everything(title: str = "") -> Grouping:
    """All items in one group."""
    return Grouping(title, ["all"], lambda items: np.zeros(len(items.word), dtype=np.int64))
