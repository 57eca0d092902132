"""Sentences with a mistake, gold above predicted, as displacy draws entities and trees."""

import html
from typing import Any, Dict, List, NamedTuple, Sequence

import numpy as np
from spacy import displacy

from skd_plugin.report.breakdowns import label_names
from skd_plugin.report.confusions import Mistake
from skd_plugin.report.gold import TAGS, TREES, Gold
from skd_plugin.report.items import Items, right

_LONGEST = {TREES: 12}
_LONGEST_OTHER = 30
_DISTANCE = 105
"""Pixels from word to word in a tree."""

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
    longest, lengths = _LONGEST.get(gold.task, _LONGEST_OTHER), gold.lengths
    result: List[Example] = []
    used = set()
    for one in what:
        rows = [mistake.sentence for mistake in mistakes if mistake.what == one]
        # Neither so short that there is nothing to see, nor so long that the mistake is not found.
        rows = sorted(
            (row for row in rows if 4 <= lengths[row] <= longest), key=lambda row: (abs(lengths[row] - 9), row)
        )
        row = next((row for row in rows if row not in used), None)
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
    shown = [{"text": _shortened(word), "tag": ""} for word in words]
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
    options = {"compact": True, "distance": _DISTANCE, "offset_x": 60, "bg": "transparent", "color": "currentColor"}
    return _rendered({"words": shown, "arcs": arcs}, "dep", {**options, "font": "inherit", "word_spacing": 24})


def _shortened(word: str) -> str:
    return word if len(word) <= _WORD_LENGTH else f"{word[: _WORD_LENGTH - 1]}…"


def _rendered(drawing: Dict[str, Any], style: Any, options: Dict[str, Any]) -> str:
    return displacy.render(drawing, style=style, manual=True, jupyter=False, options=options)
