"""Mistakes by hand, and how displacy draws them."""

import html
from collections import Counter
from typing import List

import pytest

from skd_plugin.data.files.sentence import Sentence
from skd_plugin.report.confusions import count, mistakes
from skd_plugin.report.examples import examples
from skd_plugin.report.gold import ENTITIES, TAGS, TREES, Gold, gold_of

WORDS = ["Anna", "<Berg>", "met", "Nobel", "in", "Oslo"]


def pair(task: str, gold: List[str], found: List[str], *heads: List[int]) -> "tuple[Gold, Gold]":
    extras = [{"heads": one} for one in heads] or [{}, {}]
    of_gold, of_found = (
        gold_of("file", task, [Sentence(WORDS, tags, [0] * 6, one)]) for tags, one in zip((gold, found), extras)
    )
    ids = of_gold.labels.ids(of_found.labels.names)
    return of_gold, of_found._replace(items=of_found.items.relabelled(ids))


@pytest.mark.parametrize(
    ("gold", "found", "expected"),
    [
        ("B-P L-P O U-P O U-L", "B-P L-P O U-P O U-L", {}),
        ("B-P L-P O U-P O U-L", "B-P L-P O U-O O O", {"P → O": 1, "L missed": 1}),
        ("B-P L-P O O O O", "U-P O O U-L O O", {"P, other words": 1, "L where none is": 1}),
        ("B-P L-P O O O O", "O U-L O O O O", {"P → L, other words": 1}),
        ("B-P L-P O O O O", "U-P U-L O O O O", {"P, other words": 1}),
        ("U-P U-P O O O O", "B-L L-L O O O O", {"P → L, other words": 2}),
    ],
)
def test_entities(gold: str, found: str, expected: dict):
    of_gold, of_found = pair(ENTITIES, gold.split(), found.split())
    assert count(mistakes(of_found.items, of_gold, of_gold.items)) == Counter(expected)


def test_arcs_and_tags():
    relations = ["nsubj", "flat", "root", "obj", "case", "obl"]
    found = ["nsubj", "flat", "root", "obl", "case", "nmod"]
    of_gold, of_found = pair(TREES, relations, found, [3, 1, 0, 3, 6, 3], [3, 3, 0, 3, 6, 4])
    assert count(mistakes(of_found.items, of_gold, of_gold.items)) == Counter(
        {"flat, other head": 1, "obj → obl": 1, "obl → nmod, other head": 1}
    )
    of_gold, of_found = pair(TAGS, ["N", "N", "V", "N", "P", "N"], ["N", "V", "V", "N", "P", "V"])
    assert count(mistakes(of_found.items, of_gold, of_gold.items)) == Counter({"N → V": 2})


@pytest.mark.parametrize("task", [ENTITIES, TREES, TAGS])
def test_pictures_escape_words_and_labels_and_mark_what_differs(task: str):
    if task == ENTITIES:
        tags = ["B-<P>", "L-<P>", "O", "U-<P>", "O", "O"], ["B-<P>", "L-<P>", "O", "U-&L", "O", "O"]
        of_gold, of_found = pair(task, *tags)
    else:
        heads = [[3, 1, 0, 3, 6, 3]] * 2 if task == TREES else []
        tags = ["<x>", "<y>", "root", "obj", "case", "obl"], ["<x>", "&y", "root", "obj", "case", "obl"]
        of_gold, of_found = pair(task, *tags, *heads)
    some = mistakes(of_found.items, of_gold, of_gold.items)
    [example] = examples([one.what for one in some], some, of_gold, of_gold.items, of_found.items)
    for picture in (example.gold, example.found):
        assert not any(name in picture for name in ("<Berg>", "<P>", "<x>", "<y>"))
        assert html.escape("<Berg>") in picture and picture.count("✗") == 1
