"""The reference of the span benchmarks agrees with enumeration of all sets of spans that share no word."""

from typing import Iterator

import pytest
import torch

from benchmarks import span_reference
from benchmarks.span_problems import TAGS, TYPES, ByLast, Extent, by_last, random_spans

Span = tuple[int, int, int]  # first word, width − 1, type


def span_sets(n: int, width: int, first: int = 0) -> Iterator[tuple[Span, ...]]:
    """All sets of spans that share no word, of the words from `first` on."""
    if first == n:
        yield ()
        return
    yield from span_sets(n, width, first + 1)
    for w in range(min(width, n - first)):
        for rest in span_sets(n, width, first + w + 1):
            yield from (((first, w, kind), *rest) for kind in range(len(TYPES)))


def tags(spans: tuple[Span, ...], n: int) -> list[int]:
    found = ["O"] * n
    for first, w, kind in spans:
        name = TYPES[kind]
        inner = [f"B-{name}", *[f"I-{name}"] * (w - 1), f"L-{name}"]
        found[first : first + w + 1] = inner if w else [f"U-{name}"]
    return [TAGS.index(tag) for tag in found]


@pytest.fixture(params=[2, 4], ids=lambda width: f"K={width}")
def problem(request):
    return random_spans(Extent(4, request.param), seed=5, batch=3)


def sentences(problem) -> Iterator:
    """Of each sentence: its number, its length, its sets of spans, and log-odds of each set."""
    width = problem.size.width
    for b, n in enumerate(problem.lengths.tolist()):
        sets, scores = list(span_sets(n, width)), problem.teacher[b].double()
        odds = [sum((scores[span] for span in spans), torch.zeros((), dtype=torch.double)) for spans in sets]
        yield b, n, sets, torch.stack(odds)


def test_there_are_as_many_sets_as_counted_by_hand():
    t = len(TYPES)
    assert len(list(span_sets(2, 2))) == 1 + 2 * t + t * t + t
    assert len(list(span_sets(2, 1))) == 1 + 2 * t + t * t


def test_log_partition_and_marginals_sum_over_span_sets(problem):
    log_z, marginals = span_reference.segments(problem)
    for b, _, sets, odds in sentences(problem):
        expected = torch.zeros_like(marginals[b])
        for spans, probability in zip(sets, odds.softmax(0)):
            for span in spans:
                expected[span] += probability
        assert torch.allclose(log_z[b], odds.logsumexp(0))
        assert torch.allclose(marginals[b], expected)


def test_tag_marginals_sum_over_span_sets(problem):
    found = span_reference.tag_marginals(span_reference.segments(problem)[1], problem.mask)
    for b, n, sets, odds in sentences(problem):
        expected = torch.zeros_like(found[b])
        for spans, probability in zip(sets, odds.softmax(0)):
            expected[torch.arange(n), tags(spans, n)] += probability
        assert torch.allclose(found[b], expected)


def test_the_losses_are_cross_entropies_over_span_sets():
    problem = random_spans(Extent(4, 3), seed=6, batch=1)
    log_q = problem.tagger[0].double().log_softmax(1)
    ((_, n, sets, odds),) = sentences(problem)
    student = torch.stack([sum((problem.student[0].double()[span] for span in spans), odds[0] * 0) for spans in sets])
    of_tags = torch.stack([log_q[torch.arange(n), tags(spans, n)].sum() for spans in sets])
    assert torch.allclose(span_reference.tagging_step(problem)[0], -(odds.softmax(0) @ of_tags))
    assert torch.allclose(span_reference.segments_step(problem)[0], -(odds.softmax(0) @ student.log_softmax(0)))


def test_spans_by_last_word_are_the_same_spans():
    problem = random_spans(Extent(5, 3), seed=1, batch=2)
    there = (torch.arange(5).unsqueeze(1) + torch.arange(3) < 5).unsqueeze(2)
    spans = by_last(problem.teacher, missing=-7.0)
    assert spans[0, 1, 3, 2] == problem.teacher[0, 1, 2, 2]
    assert spans[0, 0, 3, 0] == -7 and spans[0, 3, 1, 0] == -7
    assert torch.equal(ByLast(spans).by_width(3), problem.teacher.where(there, 0))
