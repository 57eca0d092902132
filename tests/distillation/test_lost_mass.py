"""A teacher that mostly produces what its student cannot is noticed, and what is lost is named."""

import pytest
import torch

from skd_plugin.distillation.lost_mass import lost_structures, warning
from skd_plugin.structures import (
    ConstrainedChain,
    FlatSpans,
    HeadSelection,
    IndependentSpans,
    MaxEnt,
    NonProjectiveTree,
    ProjectiveTree,
)

ONE = torch.ones(1, 3, dtype=torch.bool)
TAGS = ("O", "B-X", "I-X", "L-X", "U-X", "B-Y", "I-Y", "L-Y", "U-Y")


def max_ent(*labels):
    return MaxEnt(torch.zeros(1, 3, len(labels)), ONE, labels)


def chain(*labels, max_width=None):
    size = len(labels)
    return ConstrainedChain(
        torch.zeros(1, 3, size), torch.zeros(size, size), torch.zeros(size), torch.zeros(size), ONE, labels, max_width
    )


def spans(kind, *labels, width=3):
    return kind(torch.zeros(1, 3, width, len(labels)), ONE, labels)


def heads(kind, *labels):
    return kind(torch.zeros(1, 3, 4), torch.zeros(1, 3, 4, len(labels)), ONE, labels)


@pytest.mark.parametrize(
    "teacher, student, expected",
    [
        (max_ent(*TAGS), max_ent(*TAGS), []),
        (
            max_ent(*TAGS),
            max_ent(*TAGS[:5]),
            ["structures with the labels B-Y, I-Y, L-Y, U-Y, which its vocabulary lacks"],
        ),
        (max_ent(*TAGS), spans(FlatSpans, "X", "Y"), ["tags that are ill-formed"]),
        (max_ent(*TAGS), chain(*TAGS), ["tags that are ill-formed"]),
        (chain(*TAGS), chain(*TAGS, max_width=2), ["entities of more than 2 words"]),
        (chain(*TAGS), spans(FlatSpans, "X", "Y", width=1), ["entities of more than 1 words"]),
        (
            spans(FlatSpans, "X", "Y"),
            max_ent("O", "B-X", "L-X", "U-X"),
            [
                "structures with the labels Y, which its vocabulary lacks",
                "entities that need the tags I-X, which its vocabulary lacks",
            ],
        ),
        (spans(IndependentSpans, "X"), spans(FlatSpans, "X"), ["entities that overlap"]),
        (spans(IndependentSpans, "X"), spans(IndependentSpans, "X"), []),
        (heads(HeadSelection, "a", "b"), heads(HeadSelection, "b", "a"), []),
        (
            heads(HeadSelection, "a"),
            heads(NonProjectiveTree, "a"),
            ["choices of heads that are not trees with one root"],
        ),
        (
            heads(NonProjectiveTree, "a", "b"),
            heads(ProjectiveTree, "a"),
            [
                "structures with the labels b, which its vocabulary lacks",
                "choices of heads that are not projective trees with one root",
            ],
        ),
    ],
)
def test_what_is_lost(teacher, student, expected):
    assert lost_structures(teacher, student) == expected


def test_many_labels_are_not_all_listed():
    labels = [f"label{number}" for number in range(30)]
    [lost] = lost_structures(max_ent(*labels), max_ent(labels[0]))
    assert "label1, " in lost and "label12 and 17 more" in lost and "label13" not in lost


@pytest.mark.parametrize("lost, warns", [([0.0], False), ([0.5, 0.5], False), ([0.2, 0.9], True), ([1.0], True)])
def test_a_large_mean_is_worth_a_warning(lost, warns):
    said = warning(lost, ["trees", "tags that are ill-formed"], "a.tar.gz", "error")
    assert bool(said) == warns
    if warns:
        assert "It cannot produce trees; tags that are ill-formed. `label_policy: 'error'` refuses labels" in said
