"""What scores are broken down by: the type or relation, lengths, and whether the words were seen in training."""

from typing import Callable, FrozenSet, List, Optional, Sequence

import numpy as np

from skd_plugin.models.parsing.metrics import is_punctuation, universal
from skd_plugin.report.gold import ENTITIES, TREES, Gold
from skd_plugin.report.items import Grouping, Items

_SENTENCES = ((1, 5), (6, 10), (11, 20), (21, 40), (41, None))
_WIDTHS = ((1, 1), (2, 2), (3, 3), (4, None))
_ARCS = ((1, 1), (2, 2), (3, 6), (7, None))

TITLES = {ENTITIES: "Type", TREES: "Relation"}


def breakdowns(gold: Gold, seen: Optional[FrozenSet[str]]) -> List[Grouping]:
    """All of a task. `seen` are the words of the training data, None if they are not known."""
    result = [by_label(gold)]
    if gold.task == ENTITIES:
        result.append(_by_size("Words of the entity", _WIDTHS, "word", lambda items: items.extent))
    if gold.task == TREES:
        result.append(_by_distance(gold))
    if seen is not None:
        result.append(_by_seen(gold, seen))
    lengths = gold.lengths
    result.append(_by_size("Words of the sentence", _SENTENCES, "word", lambda items: lengths[items.sentence]))
    return result


def by_label(gold: Gold) -> Grouping:
    """By type, tag, or universal relation, the most frequent in the gold first."""
    names = label_names(gold)
    scored = universal_ids(gold)[gold.items.label] if gold.task == TREES else gold.items.label
    counts = np.bincount(scored, minlength=len(names))
    order = np.argsort(-counts, kind="stable")
    place = np.argsort(order)
    return Grouping(TITLES.get(gold.task, "Tag"), [names[one] for one in order], lambda items: place[items.label])


def universal_ids(gold: Gold) -> np.ndarray:
    """For each label the id of its universal part, which is that of the first label with it."""
    first: dict = {}
    return np.array([first.setdefault(universal(name), at) for at, name in enumerate(gold.labels.names)])


def label_names(gold: Gold) -> List[str]:
    """The names of the ids. Arcs are scored by universal relations, whose ids `universal_ids` has given."""
    names = list(gold.labels.names)
    return [universal(name) for name in names] if gold.task == TREES else names


def no_punctuation(gold: Gold) -> np.ndarray:
    """Whether each word of the file is none that consists of punctuation marks: bool, shape (word,)."""
    return np.array([not is_punctuation(form) for form in gold.forms], dtype=bool)


def _by_size(title: str, ranges: Sequence[tuple], unit: str, size: Callable[[Items], np.ndarray]) -> Grouping:
    firsts = np.array([first for first, _ in ranges])
    return Grouping(
        title, [_range(*one) for one in ranges], lambda items: firsts.searchsorted(size(items), "right") - 1
    )


def _by_distance(gold: Gold) -> Grouping:
    starts, firsts = gold.starts, np.array([first for first, _ in _ARCS])

    def group_of(items: Items) -> np.ndarray:
        distance = np.abs(items.extent - 1 - (items.word - starts[items.sentence]))
        return np.where(items.extent == 0, 0, firsts.searchsorted(distance, "right"))

    return Grouping("Distance of a word from its head", ["root", *(_range(*one) for one in _ARCS)], group_of)


def _by_seen(gold: Gold, seen: FrozenSet[str]) -> Grouping:
    unseen = np.concatenate([[0], np.cumsum([form not in seen for form in gold.forms])])
    one_word = gold.task != ENTITIES

    def group_of(items: Items) -> np.ndarray:
        width = 1 if one_word else items.extent
        return (unseen[items.word + width] > unseen[items.word]).astype(np.int64)

    groups = ["seen", "unseen"] if one_word else ["all words seen", "a word unseen"]
    return Grouping("In the labelled training data", groups, group_of)


def _range(first: int, last: Optional[int]) -> str:
    return f"{first} or more" if last is None else str(first) if first == last else f"{first}–{last}"
