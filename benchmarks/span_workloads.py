"""What is timed of flat spans: inference, distillation to tags, and distillation to spans."""

from typing import Any, Callable, Sequence

import torch
from torch import Tensor

from benchmarks import span_reference
from benchmarks.span_problems import ByLast, Extent, SpanProblem, random_spans
from benchmarks.workload import Judge, Workload, largest_error

_FULL = (Extent(25, 25), Extent(50, 50))
_NARROW = (Extent(25, 10), Extent(50, 10))


def comparable(problem: SpanProblem, result: Sequence[Any]) -> list[Tensor]:
    """The result with all spans indexed [first, width − 1, type], and 0 where there can be none."""
    width, legal = problem.size.width, problem.legal
    arrays = [torch.as_tensor(array.by_width(width) if isinstance(array, ByLast) else array) for array in result]
    return [array.where(legal, 0) if array.ndim == legal.ndim else array for array in arrays]


def _against(expected: Callable[[SpanProblem], Sequence[Tensor]]) -> Judge:
    return lambda problem, result: largest_error(comparable(problem, result), expected(problem))


_PEERS = """Four types, K words at most in a span. No release of supar has its semi-Markov program, so that is restated:
once as it is meant to be used, with a tag for words outside of spans, and once, faster, with what may lie between two
words summed beforehand. It knows no K. torch-struct has one label, summed likewise; its memory grows with n K³. The
decimal loop is the algorithm of Wang et al. 2021, restated: Python's decimal numbers, a sentence at a time, each weight
computed once."""

_TAGS = """The peers' marginals of spans, sums and cumulative sums of them, and the student's loss in PyTorch; in the
decimal loop the marginals of tags are decimal as well."""

WORKLOADS = (
    Workload(
        "segments",
        "Semi-Markov model: log Z and marginals of spans",
        "segments",
        (*_FULL, *_NARROW),
        random_spans,
        _against(span_reference.segments),
        _PEERS,
    ),
    Workload(
        "tagging_step",
        "Spans to tags (case 4): teacher's marginals of tags, cross-entropy, gradient to a softmax student",
        "tagging_step",
        _FULL,
        random_spans,
        _against(span_reference.tagging_step),
        _TAGS,
    ),
    Workload(
        "segments_step",
        "Spans to spans. Distillation: teacher's marginals, cross-entropy, gradient to the student",
        "segments_step",
        _FULL,
        random_spans,
        _against(span_reference.segments_step),
    ),
)
