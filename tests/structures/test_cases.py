"""The paper's cases by name: each is the table's function for its pair, and right on an example by hand."""

import math

import torch

from skd_plugin.structures import (
    Bigrams,
    LinearChain,
    MaxEnt,
    Tokens,
    cases,
    cross_entropy,
    project,
    registered,
)

from .samples import close, random_sample

MASK = torch.ones(1, 2, dtype=torch.bool)
LABELS = ("noun", "verb")
ZERO = torch.zeros(2, dtype=torch.float64)
# Of two words, "noun verb" has probability 1/2, and each of the other three sequences 1/6.
ALTERNATING = torch.tensor([[0.0, math.log(3.0)], [0.0, 0.0]], dtype=torch.float64)
# Each word is a noun with probability 3/4.
NOUNS = torch.tensor([[[math.log(3.0), 0.0]] * 2], dtype=torch.float64)


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


def test_case_2a():
    """Linear chain ⇒ MaxEnt: the marginals of token labels, by forward–backward."""
    assert registered()[LinearChain, Tokens] is cases.case_2a
    teacher, student = chain(ALTERNATING), max_ent(NOUNS)
    close(project(teacher, student).tokens, [[[2 / 3, 1 / 3], [1 / 3, 2 / 3]]])
    close(cross_entropy(teacher, student), [-math.log(3 / 4) - math.log(1 / 4)])
    _equals_enumeration(LinearChain, MaxEnt)


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


def _equals_enumeration(teacher_kind, student_kind):
    teacher, student = random_sample(teacher_kind, seed=90), random_sample(student_kind, seed=91)
    exact = [t.cross_entropy(s) for t, s in zip(teacher.enumerate(), student.enumerate())]
    close(cross_entropy(teacher.build(), student.build()), exact)
