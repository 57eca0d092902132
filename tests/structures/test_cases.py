"""The paper's cases by name: each is the table's function for its pair, and right on an example by hand."""

import math

import torch

from skd_plugin.structures import (
    ArcLabels,
    Arcs,
    ArcTokens,
    Bigrams,
    HeadSelection,
    LinearChain,
    MaxEnt,
    NonProjectiveTree,
    ProjectiveTree,
    SecondOrder,
    Tokens,
    cases,
    cross_entropy,
    lost_mass,
    parsers,
    project,
    registered,
)
from skd_plugin.structures.encodings import RelativeOffset, relation

from .pairs import conditioned, exact_cross_entropy
from .samples import close, random_sample

MASK = torch.ones(1, 2, dtype=torch.bool)
LABELS = ("noun", "verb")
ZERO = torch.zeros(2, dtype=torch.float64)
# Of two words, "noun verb" has probability 1/2, and each of the other three sequences 1/6.
ALTERNATING = torch.tensor([[0.0, math.log(3.0)], [0.0, 0.0]], dtype=torch.float64)
# Each word is a noun with probability 3/4.
NOUNS = torch.tensor([[[math.log(3.0), 0.0]] * 2], dtype=torch.float64)

RELATIONS = ("subj", "root")
# ROOT is the head of word 1 with probability 1/4, and of word 2 with 1/2; else it is the other word.
ARCS = torch.tensor([[[1 / 4, 1.0, 3 / 4], [1 / 2, 1 / 2, 1.0]]], dtype=torch.float64).log()
# Both relations are equally probable, but a subject is word 1, if it depends on word 2, with probability 2/3.
GIVEN_ARCS = torch.zeros(1, 2, 3, 2, dtype=torch.float64)
GIVEN_ARCS[0, 0, 2, 0] = math.log(2)
KNOWN = ("0@root", "+1@subj", "-1@subj")


def arc_labels(labels: tuple, probabilities: list) -> ArcLabels:
    heads = RelativeOffset().heads(labels, torch.tensor([2]))
    scores = torch.tensor([probabilities], dtype=torch.float64).log().clamp(min=-1e9)
    return ArcLabels(
        scores, heads, torch.tensor([RELATIONS.index(relation(label)) for label in labels]), MASK, RELATIONS
    )


# Word 1 depends on ROOT with probability 3/4, word 2 with 1/2.
STUDENT = arc_labels(KNOWN, [[3 / 4, 1 / 4, 0], [1 / 2, 0, 1 / 2]])


def chain(transitions: torch.Tensor) -> LinearChain:
    return LinearChain(torch.zeros(1, 2, 2, dtype=torch.float64), transitions, ZERO, ZERO, MASK, LABELS)


def max_ent(scores: torch.Tensor) -> MaxEnt:
    return MaxEnt(scores, MASK, LABELS)


def test_case_1a():
    """Linear chain ⇒ linear chain: the marginals of label bigrams."""
    assert registered()[LinearChain, Bigrams] is cases.case_1a
    teacher, student = chain(ALTERNATING), chain(torch.zeros(2, 2, dtype=torch.float64))
    parts = project(teacher, student)
    close(parts.tokens, [[[2 / 3, 1 / 3], [1 / 3, 2 / 3]]])
    close(parts.transitions, [[[1 / 6, 1 / 2], [1 / 6, 1 / 6]]])
    close(cross_entropy(teacher, student), [math.log(4)])
    _equals_enumeration(LinearChain, LinearChain)


def test_case_1b():
    """Biaffine parser ⇒ parsing as sequence labelling: P(h | i) · P(r | h, i), of the arcs that have a label."""
    assert registered()[HeadSelection, ArcTokens] is cases.case_1b
    teacher = HeadSelection(ARCS, GIVEN_ARCS, MASK, RELATIONS)
    # Of word 1, 1/4 · 1/2 and 3/4 · 2/3 are known, and of word 2 twice 1/2 · 1/2.
    close(project(teacher, STUDENT, "renormalize").tokens, [[[1 / 5, 4 / 5, 0], [1 / 2, 0, 1 / 2]]])
    close(lost_mass(teacher, STUDENT), [1 - 5 / 8 * 1 / 2])
    loss = 1 / 5 * math.log(4 / 3) + 4 / 5 * math.log(4) + math.log(2)
    close(cross_entropy(teacher, STUDENT, "renormalize"), [loss])
    _equals_enumeration(HeadSelection, ArcLabels)


def test_case_2a():
    """Linear chain ⇒ MaxEnt: the marginals of token labels, by forward–backward."""
    assert registered()[LinearChain, Tokens] is cases.case_2a
    teacher, student = chain(ALTERNATING), max_ent(NOUNS)
    close(project(teacher, student).tokens, [[[2 / 3, 1 / 3], [1 / 3, 2 / 3]]])
    close(cross_entropy(teacher, student), [-math.log(3 / 4) - math.log(1 / 4)])
    _equals_enumeration(LinearChain, MaxEnt)


def test_case_2b():
    """Second order ⇒ parsing as sequence labelling: the same, with the marginals that mean field finds."""
    assert registered()[SecondOrder, ArcTokens] is cases.case_2b
    siblings, grandparents = torch.zeros(1, 2, 3, 2, dtype=torch.float64), torch.zeros(1, 2, 3, 3, dtype=torch.float64)
    siblings[0, 0, 0, 1] = siblings[0, 1, 0, 0] = 2 * math.log(3)
    # Each word expects half of it of ROOT, because the other word depends on ROOT with probability 1/2.
    teacher = SecondOrder(torch.zeros_like(ARCS), siblings, grandparents, GIVEN_ARCS, MASK, RELATIONS, iterations=1)
    # Of word 1, 3/4 · 1/2 and 1/4 · 2/3 are known, and of word 2, 3/4 · 1/2 and 1/4 · 1/2.
    close(project(teacher, STUDENT, "renormalize").tokens, [[[9 / 13, 4 / 13, 0], [3 / 4, 0, 1 / 4]]])
    loss = 9 / 13 * math.log(4 / 3) + 4 / 13 * math.log(4) + math.log(2)
    close(cross_entropy(teacher, STUDENT, "renormalize"), [loss])
    _equals_enumeration(SecondOrder, ArcLabels)


def test_case_3():
    """MaxEnt ⇒ linear chain: the product of neighbouring token marginals."""
    assert registered()[MaxEnt, Bigrams] is cases.case_3
    teacher, student = max_ent(NOUNS), chain(ALTERNATING)
    parts = project(teacher, student)
    close(parts.tokens, [[[3 / 4, 1 / 4]] * 2])
    close(parts.transitions, [[[9 / 16, 3 / 16], [3 / 16, 1 / 16]]])
    close(cross_entropy(teacher, student), [math.log(6) - 3 / 16 * math.log(3)])
    _equals_enumeration(MaxEnt, LinearChain)


def test_token_level():
    """MaxEnt ⇒ MaxEnt, the reference that the cases are compared with: token marginals as they are."""
    assert registered()[MaxEnt, Tokens] is cases.token_level
    teacher, student = max_ent(NOUNS), max_ent(torch.zeros_like(NOUNS))
    close(project(teacher, student).tokens, [[[3 / 4, 1 / 4]] * 2])
    close(cross_entropy(teacher, student), [2 * math.log(2)])
    _equals_enumeration(MaxEnt, MaxEnt)


def test_arcs():
    """Parser ⇒ arc-factored parser: the marginals of arcs, given that the heads are a tree."""
    for teacher_kind in (ArcLabels, HeadSelection, NonProjectiveTree, ProjectiveTree, SecondOrder):
        assert registered()[teacher_kind, Arcs] is parsers.arcs
    teacher = HeadSelection(ARCS, GIVEN_ARCS, MASK, RELATIONS)
    student = NonProjectiveTree(torch.zeros_like(ARCS), torch.zeros_like(GIVEN_ARCS), MASK, RELATIONS)
    parts = project(teacher, student)
    # One of the two trees has probability 1/4 · 1/2, the other 3/4 · 1/2.
    close(parts.arcs, [[[1 / 4, 0, 3 / 4], [3 / 4, 1 / 4, 0]]])
    close(parts.relations[0, 0, 2], [1 / 2, 1 / 4])
    close(cross_entropy(teacher, student), [3 * math.log(2)])
    for teacher_kind in (ArcLabels, HeadSelection, NonProjectiveTree, ProjectiveTree, SecondOrder):
        for student_kind in (HeadSelection, NonProjectiveTree, ProjectiveTree, SecondOrder):
            _equals_enumeration(teacher_kind, student_kind)


def test_trees_to_arc_labels():
    """Tree CRF ⇒ parsing as sequence labelling: the marginals of arcs, given that each arc of the tree has a label."""
    assert registered()[NonProjectiveTree, ArcTokens] is parsers.trees_to_arc_labels
    assert registered()[ProjectiveTree, ArcTokens] is parsers.trees_to_arc_labels
    teacher = NonProjectiveTree(ARCS, GIVEN_ARCS, MASK, RELATIONS)
    # "0@root -1@subj" has probability 1/4 · 1/2 · 1/2 · 1/2, and "+1@subj 0@root" has 3/4 · 2/3 · 1/2 · 1/2.
    close(project(teacher, STUDENT, "renormalize").tokens, [[[1 / 5, 4 / 5, 0], [4 / 5, 0, 1 / 5]]])
    loss = 1 / 5 * math.log(4 / 3) + 4 / 5 * math.log(4) + math.log(2)
    close(cross_entropy(teacher, STUDENT, "renormalize"), [loss])
    _equals_enumeration(NonProjectiveTree, ArcLabels)
    _equals_enumeration(ProjectiveTree, ArcLabels)


def test_arc_label_level():
    """Parsing as sequence labelling ⇒ the same, with other labels: token marginals, by the arcs that labels denote."""
    assert registered()[ArcLabels, ArcTokens] is parsers.arc_label_level
    labels = ("-1@subj", "0@subj", "+1@subj", "0@root")
    teacher = arc_labels(labels, [[0, 1 / 4, 1 / 2, 1 / 4], [1 / 4, 1 / 2, 0, 1 / 4]])
    close(project(teacher, STUDENT, "renormalize").tokens, [[[1 / 3, 2 / 3, 0], [1 / 2, 0, 1 / 2]]])
    close(lost_mass(teacher, STUDENT), [1 - 3 / 4 * 1 / 2])
    loss = 1 / 3 * math.log(4 / 3) + 2 / 3 * math.log(4) + math.log(2)
    close(cross_entropy(teacher, STUDENT, "renormalize"), [loss])
    _equals_enumeration(ArcLabels, ArcLabels)


def _equals_enumeration(teacher_kind, student_kind):
    teacher, student = random_sample(teacher_kind, seed=90), random_sample(student_kind, seed=91)
    exact = exact_cross_entropy(conditioned(teacher, student), student.enumerate())
    close(cross_entropy(teacher.build(), student.build(), "renormalize"), exact)
