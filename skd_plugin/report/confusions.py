"""The most frequent mistakes: which gold item became which, and in which sentences."""

from collections import Counter
from typing import Callable, Dict, List, NamedTuple, Set, Tuple
from typing import Counter as Counts

import numpy as np

from skd_plugin.report.breakdowns import label_names
from skd_plugin.report.gold import ENTITIES, TREES, Gold
from skd_plugin.report.items import Items, right

SHOWN = 10


class Mistake(NamedTuple):
    """What is wrong, and the sentence."""

    what: str
    sentence: int


def mistakes(found: Items, gold: Gold, gold_items: Items) -> List[Mistake]:
    """
    The mistakes of a run. Labels of arcs are universal relations.

    An entity that is wrong is compared with the gold entities that it overlaps. Each gold entity that no other reaches
    is missed.
    """
    compare: Callable = _entities if gold.task == ENTITIES else _arcs if gold.task == TREES else _tags
    return compare(found, gold_items, label_names(gold))


def count(some: List[Mistake]) -> Counts[str]:
    return Counter(mistake.what for mistake in some)


def _tags(found: Items, gold: Items, names: List[str]) -> List[Mistake]:
    found, gold = _by_word(found), _by_word(gold)
    wrong = np.flatnonzero(found.label != gold.label)
    return [Mistake(f"{names[gold.label[i]]} → {names[found.label[i]]}", int(gold.sentence[i])) for i in wrong]


def _arcs(found: Items, gold: Items, names: List[str]) -> List[Mistake]:
    found, gold = _by_word(found), _by_word(gold)
    result = []
    for i in np.flatnonzero((found.label != gold.label) | (found.extent != gold.extent)):
        label, other = names[gold.label[i]], names[found.label[i]]
        where = "" if found.extent[i] == gold.extent[i] else ", other head"
        what = f"{label}{where}" if label == other else f"{label} → {other}{where}"
        result.append(Mistake(what, int(gold.sentence[i])))
    return result


def _entities(found: Items, gold: Items, names: List[str]) -> List[Mistake]:
    wrong, missed = found.chosen(~right(found, gold)), gold.chosen(~right(gold, found))
    by_sentence: Dict[int, List[Tuple[int, int, int]]] = {}
    for sentence, *span in zip(*(column.tolist() for column in wrong[:4])):
        by_sentence.setdefault(sentence, []).append(tuple(span))
    result: List[Mistake] = []
    reached: Set[Tuple[int, ...]] = set()
    for sentence, first, width, kind in zip(*(column.tolist() for column in missed[:4])):
        others = [one for one in by_sentence.get(sentence, []) if one[0] < first + width and first < one[0] + one[1]]
        if not others:
            result.append(Mistake(f"{names[kind]} missed", sentence))
            continue
        reached.update((sentence, *one) for one in others)
        other = min(others, key=lambda one: (one[2] != kind, abs(one[0] - first)))
        types = names[kind] if other[2] == kind else f"{names[kind]} → {names[other[2]]}"
        result.append(Mistake(types if other[:2] == (first, width) else f"{types}, other words", sentence))
    for sentence, spans in by_sentence.items():
        for first, width, kind in spans:
            if (sentence, first, width, kind) not in reached and not _overlaps(gold, first, width):
                result.append(Mistake(f"{names[kind]} where none is", sentence))
    return result


def _overlaps(gold: Items, first: int, width: int) -> bool:
    return bool(((gold.word < first + width) & (first < gold.word + gold.extent)).any())


def _by_word(items: Items) -> Items:
    return items.chosen(np.argsort(items.word, kind="stable"))
