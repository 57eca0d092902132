"""Attachment scores by hand, and against spaCy's scorer."""

import random

import pytest
import spacy
import torch
from spacy.scorer import Scorer
from spacy.tokens import Doc
from spacy.training import Example

from skd_plugin.models.parsing.metrics import ParsingMetrics, is_punctuation
from skd_plugin.structures import Tree

LABELS = ("root", "nsubj", "nsubj:pass", "punct", "det")


def tree(heads, relations):
    ids = [[-1 if name is None else LABELS.index(name) for name in row] for row in relations]
    return Tree(torch.tensor(heads), torch.tensor(ids))


def scores(predicted, gold, words):
    metrics = ParsingMetrics(LABELS)
    metrics(predicted, gold, torch.ones_like(gold.heads, dtype=torch.bool), words)
    return metrics.get(reset=True)


def test_by_hand():
    predicted = tree([[0, 1, 2, 1]], [["root", "nsubj", "det", "punct"]])
    gold = tree([[0, 1, 1, 2]], [["root", "nsubj:pass", "det", "punct"]])
    assert scores(predicted, gold, [["See", "who", "the", "!"]]) == {
        "UAS": 2 / 4,
        "LAS": 2 / 4,
        "UEM": 0.0,
        "LEM": 0.0,
        "UAS_no_punctuation": 2 / 3,
        "LAS_no_punctuation": 2 / 3,
        "LAS_subtypes": 1 / 4,
    }


@pytest.mark.parametrize(
    "gold, predicted, las",
    [
        ("dep", "det", 0.5),
        ("nsubj:outer", "nsubj", 1.0),
        ("nsubj:outer", "nsubj:pass", 1.0),
        ("nsubj:outer", "det", 0.5),
        ("det:poss", "det", 1.0),
    ],
)
def test_an_unknown_relation_is_wrong_but_for_its_universal_part(gold, predicted, las):
    metrics = ParsingMetrics(LABELS)
    mask = torch.ones(2, 2, dtype=torch.bool)
    trees = [tree([[0, 1], [0, 1]], [["root", "det"], ["root", name]]) for name in (predicted, None)]
    metrics(*trees, mask, [["See", "who"]] * 2, {1: ["root", gold]})
    found = metrics.get(reset=True)
    assert (found["UAS"], found["LAS"], found["LAS_subtypes"]) == (1.0, (1 + las) / 2, 0.75)


def test_without_its_name_an_unknown_relation_is_wrong():
    metrics = scores(tree([[0, 1]], [["root", "det"]]), tree([[0, 1]], [["root", None]]), [["See", "who"]])
    assert (metrics["UAS"], metrics["LAS"], metrics["LAS_subtypes"]) == (1.0, 0.5, 0.5)


def test_padding_and_resets():
    metrics = ParsingMetrics(LABELS)
    assert metrics.get(reset=False) == {}
    gold = tree([[0, 1, 0], [0, 0, 0]], [["root", "det", "root"], ["root", "root", "root"]])
    mask = torch.tensor([[True, True, False], [True, False, False]])
    metrics(
        tree([[0, 1, 1], [0, 1, 1]], [["root", "det", "det"], ["root", "det", "det"]]), gold, mask, [["a", "b"], ["c"]]
    )
    assert metrics.get(reset=True)["LEM"] == 1.0
    assert metrics.get(reset=False) == {}


def test_a_batch_without_gold_adds_nothing():
    metrics = ParsingMetrics(LABELS)
    empty = Tree(torch.zeros(0, 3, dtype=torch.long), torch.zeros(0, 3, dtype=torch.long))
    metrics(empty, empty, torch.zeros(0, 3, dtype=torch.bool), [])
    assert metrics.get(reset=False) == {}


@pytest.mark.parametrize("word, expected", [("!", True), ("...", True), ("''", True), ("U.S.", False), ("$", False)])
def test_punctuation_is_what_unicode_says(word, expected):
    assert is_punctuation(word) == expected


@pytest.mark.slow
def test_the_same_as_spacys_scorer():
    chance = random.Random(0)
    words = ["w0", "w1", "w2", "w3", "w4"]

    def some_tree():
        heads = [0, *(chance.randint(1, i) for i in range(1, 5))]
        names = ["root", *(chance.choice(["nsubj", "nsubj:pass", "det"]) for _ in range(4))]
        return heads, names

    pairs = [(some_tree(), some_tree()) for _ in range(30)]
    examples = [Example(doc_of(words, *predicted), doc_of(words, *gold)) for predicted, gold in pairs]
    expected = Scorer.score_deps(examples, "dep", getter=lambda token, _: token.dep)
    predicted, gold = (tree(*zip(*(pair[side] for pair in pairs))) for side in (0, 1))
    metrics = scores(predicted, gold, [words] * 30)
    assert metrics["UAS"] == pytest.approx(expected["dep_uas"])
    assert metrics["LAS_subtypes"] == pytest.approx(expected["dep_las"])


def doc_of(words, heads, relations):
    roots = [index if head == 0 else head - 1 for index, head in enumerate(heads)]
    return Doc(spacy.blank("xx").vocab, words=words, heads=roots, deps=list(relations))
