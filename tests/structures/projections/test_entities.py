"""The projections of label sequences and spans that are not in the paper, on examples by hand."""

import math

import pytest

from skd_plugin.structures import (
    Bigrams,
    ConstrainedChain,
    FlatSpans,
    IndependentSpans,
    LinearChain,
    MaxEnt,
    Spans,
    Tokens,
    cross_entropy,
    lost_mass,
    project,
    registered,
)
from skd_plugin.structures.projections import cases, entities
from tests.structures.oracles.exact_parts import check_parts
from tests.structures.oracles.spans_by_hand import (
    FEW_TAGS,
    NO_SCORES,
    SPANS,
    begins_before_last,
    constrained_chain,
    flat_spans,
    independent_spans,
    linear_chain,
    max_ent,
)
from tests.structures.samples.arc_tables import COMPLETE
from tests.structures.samples.pairs import equals_enumeration, fixed
from tests.structures.samples.sample import close


def test_spans_to_bigrams():
    """Spans ⇒ linear chain: the marginals of bigrams of BIOUL tags."""
    assert registered()[FlatSpans, Bigrams] is registered()[IndependentSpans, Bigrams] is entities.spans_to_bigrams
    student = linear_chain(begins_before_last())
    for teacher in (flat_spans(SPANS), independent_spans(SPANS)):
        parts = project(teacher, student)
        close(parts.tokens, [[[1 / 4, 1 / 4, 0, 0, 1 / 2], [3 / 8, 0, 0, 1 / 4, 3 / 8]]])
        bigrams = {("O", "O"): 1 / 8, ("O", "U-X"): 1 / 8, ("U-X", "O"): 1 / 4, ("U-X", "U-X"): 1 / 4}
        close(parts.transitions, [table({**bigrams, ("B-X", "L-X"): 1 / 4}, student.labels)])
        close(cross_entropy(teacher, student), [math.log(27) - 1 / 4 * math.log(3)])
    # The well-formed tags are those of five sets of spans, one of which has the weight 3.
    close(
        cross_entropy(flat_spans(SPANS), constrained_chain(begins_before_last())), [math.log(7) - 1 / 4 * math.log(3)]
    )
    close(lost_mass(independent_spans(SPANS), student), [1 - 8 / 18])
    for teacher_kind in (FlatSpans, IndependentSpans):
        equals_enumeration(teacher_kind, LinearChain)
        equals_enumeration(teacher_kind, ConstrainedChain)


@pytest.mark.parametrize("reach", [4, COMPLETE])
def test_bigrams_inside_of_long_spans(reach):
    teacher, student = fixed((FlatSpans, LinearChain), seed=92, lengths=(6, 5), reach=reach)
    check_parts(project(teacher.build(), student.build()), teacher.enumerate(), student)


def test_spans_to_spans():
    """Spans ⇒ spans: the marginals of spans, given that they do not overlap if the student's cannot."""
    assert registered()[FlatSpans, Spans] is registered()[IndependentSpans, Spans] is entities.spans_to_spans
    flat, independent = flat_spans(SPANS), independent_spans(SPANS)
    for teacher in (flat, independent):
        close(project(teacher, flat_spans(NO_SCORES)).spans, [[[[1 / 2], [1 / 4]], [[3 / 8], [0]]]])
        close(cross_entropy(teacher, flat_spans(NO_SCORES)), [math.log(5)])
    close(project(independent, independent).spans, [[[[2 / 3], [2 / 3]], [[1 / 2], [0]]]])
    close(lost_mass(independent, flat), [1 - 8 / 18])
    close(lost_mass(flat, independent), [0])
    # −log P that a span exists is log 3/2, log 3/2 and log 2, and that it does not is log 3, log 3 and log 2.
    loss = 3 / 4 * math.log(3 / 2) + 5 / 4 * math.log(3) + math.log(2)
    close(cross_entropy(flat, independent), [loss])
    for teacher_kind in (FlatSpans, IndependentSpans):
        for student_kind in (FlatSpans, IndependentSpans):
            equals_enumeration(teacher_kind, student_kind)


@pytest.mark.parametrize("policy", ["error", "renormalize"])
def test_tags_to_spans(policy):
    """Label sequences ⇒ spans: the marginals of spans, given well-formed tags. Ill-formed tags are never refused."""
    for teacher_kind in (MaxEnt, LinearChain, ConstrainedChain):
        assert registered()[teacher_kind, Spans] is entities.tags_to_spans
    # "O O" has probability 1/4 and "B L" 1/16; or both the weights 1 and 3, and the other seven sequences 1.
    transitions = begins_before_last(FEW_TAGS)
    in_chain, lost_by_chain = linear_chain(transitions, FEW_TAGS), 1 - 4 / 11
    for teacher, of_span, lost in (
        (max_ent(), 1 / 5, 1 - 5 / 16),
        (in_chain, 3 / 4, lost_by_chain),
        (constrained_chain(transitions, FEW_TAGS), 3 / 4, 0),
    ):
        close(project(teacher, flat_spans(SPANS), policy).spans, [[[[0], [of_span]], [[0], [0]]]])
        close(lost_mass(teacher, flat_spans(SPANS)), [lost])
        close(cross_entropy(teacher, flat_spans(SPANS), policy), [math.log(8) - of_span * math.log(2)])
        alone = of_span * math.log(3 / 2) + (1 - of_span) * math.log(3)
        close(cross_entropy(teacher, independent_spans(SPANS), policy), [math.log(3) + math.log(2) + alone])
    for teacher_kind in (MaxEnt, LinearChain, ConstrainedChain):
        equals_enumeration(teacher_kind, FlatSpans)
        equals_enumeration(teacher_kind, IndependentSpans)


def test_constrained_to_bigrams_and_to_tokens():
    """Chain of well-formed tags ⇒ linear chain or MaxEnt: its own marginals."""
    assert registered()[ConstrainedChain, Bigrams] is entities.constrained_to_bigrams
    assert registered()[ConstrainedChain, Tokens] is entities.constrained_to_tokens
    transitions = begins_before_last(FEW_TAGS)
    # "O O" has probability 1/4, and "B L" 3/4.
    teacher, student = constrained_chain(transitions, FEW_TAGS), linear_chain(transitions, FEW_TAGS)
    tokens = [[[3 / 4, 1 / 4, 0], [0, 1 / 4, 3 / 4]]]
    close(project(teacher, max_ent()).tokens, tokens)
    close(cross_entropy(teacher, max_ent()), [7 / 2 * math.log(2)])
    close(project(teacher, student).tokens, tokens)
    close(project(teacher, student).transitions, [table({("O", "O"): 1 / 4, ("B-X", "L-X"): 3 / 4}, FEW_TAGS)])
    close(cross_entropy(teacher, student), [math.log(11) - 3 / 4 * math.log(3)])
    for student_kind in (LinearChain, ConstrainedChain, MaxEnt):
        equals_enumeration(ConstrainedChain, student_kind)


def test_free_tags_to_constrained_ones():
    """MaxEnt or linear chain ⇒ chain of well-formed tags: the marginals of bigrams, given that tags are well-formed."""
    assert registered()[MaxEnt, Bigrams] is cases.case_3 and registered()[LinearChain, Bigrams] is cases.case_1a
    transitions = begins_before_last(FEW_TAGS)
    student = constrained_chain(transitions, FEW_TAGS)
    for teacher, of_span, lost in (
        (max_ent(), 1 / 5, 1 - 5 / 16),
        (linear_chain(transitions, FEW_TAGS), 3 / 4, 1 - 4 / 11),
    ):
        parts = project(teacher, student)
        close(parts.transitions, [table({("O", "O"): 1 - of_span, ("B-X", "L-X"): of_span}, FEW_TAGS)])
        close(cross_entropy(teacher, student), [math.log(4) - of_span * math.log(3)])
        close(lost_mass(teacher, student), [lost])
    equals_enumeration(MaxEnt, ConstrainedChain)
    equals_enumeration(LinearChain, ConstrainedChain)


def table(counts, labels):
    """Counts of label bigrams as a table [from, to]."""
    return [[counts.get((before, after), 0) for after in labels] for before in labels]
