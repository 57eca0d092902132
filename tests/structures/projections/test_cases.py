"""The cases of the paper: each is the function in the table for its pair, and right on an example by hand."""

import math

import torch

from skd_plugin.structures import (
    ArcLabels,
    ArcTokens,
    Bigrams,
    FlatSpans,
    HeadSelection,
    IndependentSpans,
    LinearChain,
    MaxEnt,
    SecondOrder,
    Tokens,
    cross_entropy,
    lost_mass,
    project,
    registered,
)
from skd_plugin.structures.projections import cases
from tests.structures.oracles.parses_by_hand import ARCS, GIVEN_ARCS, MASK, RELATIONS, STUDENT
from tests.structures.oracles.spans_by_hand import SPANS, TAGS, flat_spans, independent_spans
from tests.structures.samples.pairs import equals_enumeration
from tests.structures.samples.sample import close

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
    equals_enumeration(LinearChain, LinearChain)


def test_case_1b():
    """Biaffine parser ⇒ parsing as sequence labelling: P(h | i) · P(r | h, i), of the arcs that have a label."""
    assert registered()[HeadSelection, ArcTokens] is cases.case_1b
    teacher = HeadSelection(ARCS, GIVEN_ARCS, MASK, RELATIONS)
    # The arcs of word 1 with a label have 1/4 · 1/2 and 3/4 · 2/3, those of word 2 both have 1/2 · 1/2.
    close(project(teacher, STUDENT, "renormalize").tokens, [[[1 / 5, 4 / 5, 0], [1 / 2, 0, 1 / 2]]])
    close(lost_mass(teacher, STUDENT), [1 - 5 / 8 * 1 / 2])
    loss = 1 / 5 * math.log(4 / 3) + 4 / 5 * math.log(4) + math.log(2)
    close(cross_entropy(teacher, STUDENT, "renormalize"), [loss])
    equals_enumeration(HeadSelection, ArcLabels)


def test_case_2a():
    """Linear chain ⇒ MaxEnt: the marginals of token labels, by forward–backward."""
    assert registered()[LinearChain, Tokens] is cases.case_2a
    teacher, student = chain(ALTERNATING), max_ent(NOUNS)
    close(project(teacher, student).tokens, [[[2 / 3, 1 / 3], [1 / 3, 2 / 3]]])
    close(cross_entropy(teacher, student), [-math.log(3 / 4) - math.log(1 / 4)])
    equals_enumeration(LinearChain, MaxEnt)


def test_case_2b():
    """Second order ⇒ parsing as sequence labelling: Q(h | i) · P(r | h, i), with the posterior Q of mean field."""
    assert registered()[SecondOrder, ArcTokens] is cases.case_2b
    siblings, grandparents = torch.zeros(1, 2, 3, 2, dtype=torch.float64), torch.zeros(1, 2, 3, 3, dtype=torch.float64)
    siblings[0, 0, 0, 1] = siblings[0, 1, 0, 0] = 2 * math.log(3)
    # Each word gets half of the score for ROOT, because the other word depends on ROOT with probability 1/2.
    teacher = SecondOrder(torch.zeros_like(ARCS), siblings, grandparents, GIVEN_ARCS, MASK, RELATIONS, iterations=1)
    # The arcs of word 1 with a label have 3/4 · 1/2 and 1/4 · 2/3, those of word 2 have 3/4 · 1/2 and 1/4 · 1/2.
    close(project(teacher, STUDENT, "renormalize").tokens, [[[9 / 13, 4 / 13, 0], [3 / 4, 0, 1 / 4]]])
    loss = 9 / 13 * math.log(4 / 3) + 4 / 13 * math.log(4) + math.log(2)
    close(cross_entropy(teacher, STUDENT, "renormalize"), [loss])
    equals_enumeration(SecondOrder, ArcLabels)


def test_case_3():
    """MaxEnt ⇒ linear chain: the product of neighbouring token marginals."""
    assert registered()[MaxEnt, Bigrams] is cases.case_3
    teacher, student = max_ent(NOUNS), chain(ALTERNATING)
    parts = project(teacher, student)
    close(parts.tokens, [[[3 / 4, 1 / 4]] * 2])
    close(parts.transitions, [[[9 / 16, 3 / 16], [3 / 16, 1 / 16]]])
    close(cross_entropy(teacher, student), [math.log(6) - 3 / 16 * math.log(3)])
    equals_enumeration(MaxEnt, LinearChain)


def test_case_4():
    """NER as parsing ⇒ MaxEnt: the marginals of BIOUL tags, sums of those of spans that do not overlap."""
    assert registered()[FlatSpans, Tokens] is registered()[IndependentSpans, Tokens] is cases.case_4
    tags = torch.tensor([1 / 2, 1 / 8, 1 / 16, 1 / 16, 1 / 4], dtype=torch.float64)
    student = MaxEnt(tags.log().expand(1, 2, 5), MASK, TAGS)
    for teacher in (flat_spans(SPANS), independent_spans(SPANS)):
        # Word 1 is outside in "no spans" and "word 2", 1/8 each, and word 2 in "no spans" and "word 1".
        close(project(teacher, student).tokens, [[[1 / 4, 1 / 4, 0, 0, 1 / 2], [3 / 8, 0, 0, 1 / 4, 3 / 8]]])
        close(cross_entropy(teacher, student), [33 / 8 * math.log(2)])
    # Independent spans have Z = 3 · 2 · 3 = 18, of which 8 belong to sets of spans that do not overlap.
    close(lost_mass(flat_spans(SPANS), student), [0])
    close(lost_mass(independent_spans(SPANS), student), [1 - 8 / 18])
    equals_enumeration(FlatSpans, MaxEnt)
    equals_enumeration(IndependentSpans, MaxEnt)


def test_token_level():
    """MaxEnt ⇒ MaxEnt, token-level distillation: the token marginals."""
    assert registered()[MaxEnt, Tokens] is cases.token_level
    teacher, student = max_ent(NOUNS), max_ent(torch.zeros_like(NOUNS))
    close(project(teacher, student).tokens, [[[3 / 4, 1 / 4]] * 2])
    close(cross_entropy(teacher, student), [2 * math.log(2)])
    equals_enumeration(MaxEnt, MaxEnt)
