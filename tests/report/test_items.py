"""Counts of items, against the definitions of conlleval and of the CoNLL 2018 shared task, word by word."""

import random
from typing import List, Set, Tuple

import numpy as np
import pytest

from skd_plugin.data.files.sentence import Sentence
from skd_plugin.report.breakdowns import breakdowns, by_label, universal_ids
from skd_plugin.report.gold import ENTITIES, TREES, Gold, gold_of
from skd_plugin.report.items import counts, everything, right
from skd_plugin.report.scores import f1

TYPES = ("PER", "ORG")
RELATIONS = ("nsubj", "nsubj:pass", "obj", "punct")


def spans(tags: List[str]) -> Set[Tuple[str, int, int]]:
    """The entities of BIOUL tags, word by word: the type, the first word, and the word after the last."""
    found, start = set(), 0
    for place, tag in enumerate(tags):
        start = place if tag[0] in "BU" else start
        if tag[0] in "LU":
            found.add((tag[2:], start, place + 1))
    return found


def random_tags(generator: random.Random, n: int) -> List[str]:
    tags: List[str] = []
    while len(tags) < n:
        width, kind = generator.randint(0, min(3, n - len(tags))), generator.choice(TYPES)
        if width <= 1:
            tags.append(f"U-{kind}" if width else "O")
        else:
            tags += [f"B-{kind}", *[f"I-{kind}"] * (width - 2), f"L-{kind}"]
    return tags


def both(task: str, gold: List[Sentence], found: List[Sentence]) -> Tuple[Gold, Gold]:
    """The gold, and what was found as if it were gold, with the same ids."""
    of_gold, of_found = gold_of("gold", task, gold), gold_of("found", task, found)
    ids = of_gold.labels.ids(of_found.labels.names)
    return of_gold, of_found._replace(items=of_found.items.relabelled(ids))


def test_entities_are_counted_as_by_conlleval():
    generator = random.Random(1)
    lengths = [generator.randint(1, 9) for _ in range(60)]
    tags = [[random_tags(generator, n) for n in lengths] for _ in range(2)]
    sentences = [[Sentence(["w"] * len(one), one, [0] * len(one)) for one in some] for some in tags]
    gold, found = both(ENTITIES, *sentences)
    table = counts(found.items, gold.items, len(lengths), by_label(gold))
    for kind in TYPES:
        place = by_label(gold).groups.index(kind)
        for row, (one, other) in enumerate(zip(*tags)):
            expected, predicted = ({span for span in spans(some) if span[0] == kind} for some in (one, other))
            assert table[:, place, row].tolist() == [len(expected & predicted), len(predicted), len(expected)]


def tree(generator: random.Random, n: int) -> Sentence:
    """Heads and relations, which need not be a tree to be scored."""
    heads = [generator.choice([head for head in range(n + 1) if head != word]) for word in range(1, n + 1)]
    relations = [generator.choice(RELATIONS) for _ in heads]
    return Sentence([generator.choice(["a", "."]) for _ in heads], relations, [0] * n, {"heads": heads})


def test_arcs_are_counted_as_by_the_shared_task():
    generator = random.Random(2)
    gold_trees = [tree(generator, generator.randint(1, 7)) for _ in range(60)]
    found_trees = [tree(generator, len(one.words))._replace(words=one.words) for one in gold_trees]
    gold, found = both(TREES, gold_trees, found_trees)
    ids = universal_ids(gold)
    table = counts(found.items.relabelled(ids), gold.items.relabelled(ids), len(gold_trees), everything())
    words = [
        (head == other_head, relation.split(":")[0] == other.split(":")[0])
        for one, two in zip(gold_trees, found_trees)
        for head, other_head, relation, other in zip(one.extras["heads"], two.extras["heads"], one.tags, two.tags)
    ]
    assert f1(table.sum(-1)) == pytest.approx([sum(a and b for a, b in words) / len(words)])
    heads = [items._replace(label=np.zeros_like(items.label)) for items in (found.items, gold.items)]
    assert right(*heads).mean() == pytest.approx(sum(a for a, _ in words) / len(words))


@pytest.mark.parametrize("task", [ENTITIES, TREES])
def test_groups_of_each_breakdown_sum_to_all(task: str):
    generator = random.Random(3)
    if task == TREES:
        gold_part = [tree(generator, generator.randint(1, 50)) for _ in range(30)]
        found_part = [tree(generator, len(one.words))._replace(words=one.words) for one in gold_part]
    else:
        lengths = [generator.randint(1, 50) for _ in range(30)]
        gold_part, found_part = (
            [Sentence(["a", "b"] * n, random_tags(generator, 2 * n), [0] * 2 * n) for n in lengths] for _ in range(2)
        )
    gold, found = both(task, gold_part, found_part)
    whole = counts(found.items, gold.items, 30, everything())
    some = breakdowns(gold, frozenset(["a"]))
    assert [one.title for one in some][-2:] == ["In the labelled training data", "Words of the sentence"]
    for one in some:
        assert counts(found.items, gold.items, 30, one).sum(1).tolist() == whole.sum(1).tolist(), one.title


def test_seen_and_lengths_by_hand():
    tags = ["B-PER", "L-PER", "O", "U-ORG"]
    gold = gold_of("gold", ENTITIES, [Sentence(["Anna", "Berg", "met", "Nobel"], tags, [0] * 4)])
    kinds, widths, seen, lengths = breakdowns(gold, frozenset(["Anna", "Nobel"]))
    found = {
        one.title: [one.groups[place] for place in one.group_of(gold.items)] for one in (kinds, widths, seen, lengths)
    }
    assert found == {
        "Type": ["PER", "ORG"],
        "Words of the entity": ["2", "1"],
        "In the labelled training data": ["a word unseen", "all words seen"],
        "Words of the sentence": ["1–5", "1–5"],
    }


def test_distances_by_hand():
    gold = gold_of("gold", TREES, [Sentence(list("abcdef"), ["x"] * 6, [0] * 6, {"heads": [2, 0, 1, 2, 1, 5]})])
    [distance] = [one for one in breakdowns(gold, None) if one.title.startswith("Distance")]
    assert [distance.groups[place] for place in distance.group_of(gold.items)] == ["1", "root", "2", "2", "3–6", "1"]


def test_relations_are_in_the_order_of_their_frequency_without_subtypes():
    relations = ["det", "det", "a:x", "a:y", "a", "root"]
    gold = gold_of("gold", TREES, [Sentence(list("abcdef"), relations, [0] * 6, {"heads": [0] * 6})])
    grouping = by_label(gold)
    scored = gold.items.relabelled(universal_ids(gold))
    assert [grouping.groups[place] for place in grouping.group_of(scored)] == ["det", "det", "a", "a", "a", "root"]
    assert grouping.group_of(scored).tolist() == [1, 1, 0, 0, 0, 2]
