"""Sentences with a mistake, gold above predicted, as displacy draws entities and trees."""

import html
import re
from collections import Counter
from typing import Any, Dict, List, NamedTuple, Sequence, Set

import numpy as np
from spacy import displacy
from spacy.displacy import DependencyRenderer

from skd_plugin.report.breakdowns import label_names
from skd_plugin.report.confusions import Mistake
from skd_plugin.report.gold import TAGS, TREES, Gold
from skd_plugin.report.items import Items, right

_SHORTEST, _BEST, _LONGEST, _LONGEST_TREE = 4, 8, 30, 8
"""Words of a sentence. A tree of more words is wider than the page."""

_DISTANCE = 110
"""Pixels from word to word in a tree."""

_ABOVE, _BELOW = 8, 24
"""Pixels above the highest arc, and from the arcs to the words, whose line is followed by that of the root."""

_WORD_LENGTH = 13
"""The most letters of a word in a tree; a longer one would run into the next."""

WRONG = " ✗"
"""Follows the label of what differs between gold and predicted."""

_ENTITY = """<mark class="entity">{text}<b>{label}</b></mark>"""


class Example(NamedTuple):
    """A mistake, the words of its sentence, and the HTML of gold and of what was found."""

    what: str
    words: str
    gold: str
    found: str


def examples(
    what: Sequence[str], mistakes: Sequence[Mistake], gold: Gold, gold_items: Items, found: Items
) -> List[Example]:
    """One sentence for each mistake that has one which is short enough; no sentence twice."""
    longest, lengths = _LONGEST_TREE if gold.task == TREES else _LONGEST, gold.lengths
    number = Counter(mistake.sentence for mistake in mistakes)
    result: List[Example] = []
    used: Set[int] = set()
    for one in what:
        rows = {mistake.sentence for mistake in mistakes if mistake.what == one} - used
        # Of those with few other mistakes one that is neither too short to tell something nor too long to read.
        fitting = (row for row in rows if _SHORTEST <= lengths[row] <= longest)
        row = min(fitting, key=lambda row: (number[row], abs(lengths[row] - _BEST), row), default=None)
        if row is not None:
            used.add(row)
            of_row = gold_items.chosen(gold_items.sentence == row), found.chosen(found.sentence == row)
            pictures = [_picture(row, items, other, gold) for items, other in (of_row, of_row[::-1])]
            result.append(Example(one, " ".join(gold.words[row]), *pictures))
    return result


def _picture(row: int, items: Items, others: Items, gold: Gold) -> str:
    """The items of a sentence. Those that are not among the others are marked; of tags, only they are drawn."""
    items = items.chosen(np.argsort(items.word))
    wrong = ~right(items, others)
    if gold.task == TAGS:
        items, wrong = items.chosen(wrong), wrong[wrong]
    names = label_names(gold)
    labels = [names[label] + WRONG * bool(one) for label, one in zip(items.label, wrong)]
    items = items._replace(word=items.word - gold.starts[row])
    return (_tree if gold.task == TREES else _spans)(gold.words[row], items, labels)


def _spans(words: List[str], items: Items, labels: List[str]) -> str:
    starts = np.cumsum([0, *(len(word) + 1 for word in words)])
    ents = [
        {"start": int(starts[word]), "end": int(starts[word + max(1, extent)]) - 1, "label": html.escape(label)}
        for word, extent, label in zip(items.word, items.extent, labels)
    ]
    return _rendered({"text": " ".join(words), "ents": ents}, "ent", {"template": _ENTITY})


def _tree(words: List[str], items: Items, labels: List[str]) -> str:
    roots = {word: html.escape(label) for word, head, label in zip(items.word, items.extent, labels) if not head}
    shown = [{"text": _shortened(word), "tag": roots.get(place, "")} for place, word in enumerate(words)]
    arcs = [
        {
            "start": int(min(word, head - 1)),
            "end": int(max(word, head - 1)),
            "label": html.escape(label),
            "dir": "left" if word < head - 1 else "right",
        }
        for word, head, label in zip(items.word, items.extent, labels)
        if head
    ]
    options = {"compact": True, "distance": _DISTANCE, "offset_x": 60, "word_spacing": _BELOW, "font": "inherit"}
    drawing = {"words": shown, "arcs": arcs}
    svg = _rendered(drawing, "dep", {**options, "bg": "transparent", "color": "currentColor"})
    return _without_margins(svg, DependencyRenderer().get_levels(arcs))


def _without_margins(svg: str, levels: Dict[Any, int]) -> str:
    """The picture without the room for arcs of full height, of which `compact` uses a third, and below the words."""
    highest = max(levels.values(), default=0)
    height = _DISTANCE / 6 * highest + _ABOVE + 3 * _BELOW
    top = _DISTANCE / 2 * highest - _DISTANCE / 6 * highest - _ABOVE
    svg = re.sub(
        r'width="([\d.]+)" height="[\d.]+"', rf'width="\1" height="{height}" viewBox="0 {top} \1 {height}"', svg
    )
    return re.sub(r"; height: [\d.]+px", f"; height: {height}px", svg)


def _shortened(word: str) -> str:
    return word if len(word) <= _WORD_LENGTH else f"{word[: _WORD_LENGTH - 1]}…"


def _rendered(drawing: Dict[str, Any], style: Any, options: Dict[str, Any]) -> str:
    return displacy.render(drawing, style=style, manual=True, jupyter=False, options=options)
