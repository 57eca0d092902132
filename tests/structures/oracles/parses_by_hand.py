"""Distributions over the parses of two words, made by hand: their probabilities are small fractions."""

import math

import torch

from skd_plugin.structures import ArcLabels
from skd_plugin.structures.trees.encodings import RelativeOffset, relation

MASK = torch.ones(1, 2, dtype=torch.bool)
RELATIONS = ("subj", "root")
# ROOT is the head of word 1 with probability 1/4, and of word 2 with 1/2; else it is the other word.
ARCS = torch.tensor([[[1 / 4, 1.0, 3 / 4], [1 / 2, 1 / 2, 1.0]]], dtype=torch.float64).log()
# Both relations are equally probable, except that word 1 is a subject with probability 2/3 if it depends on word 2.
GIVEN_ARCS = torch.zeros(1, 2, 3, 2, dtype=torch.float64)
GIVEN_ARCS[0, 0, 2, 0] = math.log(2)
STUDENT_LABELS = ("0@root", "+1@subj", "-1@subj")


def arc_labels(labels: tuple, probabilities: list) -> ArcLabels:
    heads = RelativeOffset().heads(labels, torch.tensor([2]))
    scores = torch.tensor([probabilities], dtype=torch.float64).log().clamp(min=-1e9)
    return ArcLabels(
        scores, heads, torch.tensor([RELATIONS.index(relation(label)) for label in labels]), MASK, RELATIONS
    )


# Word 1 depends on ROOT with probability 3/4, word 2 with 1/2.
STUDENT = arc_labels(STUDENT_LABELS, [[3 / 4, 1 / 4, 0], [1 / 2, 0, 1 / 2]])
