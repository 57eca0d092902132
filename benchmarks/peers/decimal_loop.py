"""Spans and their tags in the way of the code of Wang et al. 2021: loops over Python's decimal numbers, restated.

A sentence at a time: the weights of what may stand before and after each word, products of them, and a sum of those.
"""

import platform
from decimal import Decimal
from typing import NamedTuple

import torch
from torch import Tensor, autograd

from benchmarks.peers.span_tags import tagging_loss
from benchmarks.span_problems import SpanProblem
from benchmarks.workload import Step

_Table = dict[tuple[int, int], list[Decimal]]  # by first and last word, for each type


class DecimalLoop:
    """Weights are not logarithms, so they need the decimal numbers' range of exponents."""

    name = "decimal loop"
    version = f"(restated, Python {platform.python_version()})"
    is_torch = False

    def segments(self, problem: SpanProblem) -> Step:
        def step():
            marginals = torch.zeros(problem.teacher.shape)
            sentences = _sentences(problem)
            for found, sentence in zip(marginals, sentences, strict=True):
                for (i, j), weights in sentence.through.items():
                    found[i, j - i] = torch.tensor([float(weight / sentence.total) for weight in weights])
            return torch.tensor([float(sentence.total.ln()) for sentence in sentences]), marginals

        return step

    def tagging_step(self, problem: SpanProblem) -> Step:
        tagger, mask = problem.tagger.clone().requires_grad_(), problem.mask

        def step():
            expected = torch.zeros(tagger.shape)
            for found, sentence in zip(expected, _sentences(problem), strict=True):
                rows = _tags(sentence)
                found[: len(rows)] = torch.tensor(rows)
            loss = tagging_loss(expected, tagger, mask)
            return loss.detach(), *autograd.grad(loss, tagger)

        return step


class _Sentence(NamedTuple):
    before: list[Decimal]  # of all that may stand on the words before each
    after: list[Decimal]  # of all that may stand from each word on
    through: _Table  # of all in which the span is

    @property
    def total(self) -> Decimal:
        return self.after[0]


def _sentences(problem: SpanProblem) -> list[_Sentence]:
    return [_sentence(scores[:n]) for scores, n in zip(problem.teacher, problem.lengths.tolist(), strict=True)]


def _sentence(scores: Tensor) -> _Sentence:
    n, width, _ = scores.shape
    rows = scores.tolist()
    ends = {i: range(i, min(n, i + width)) for i in range(n)}
    weights = {(i, j): [Decimal(score).exp() for score in rows[i][j - i]] for i in ends for j in ends[i]}
    starts = {j: range(max(0, j - width + 1), j + 1) for j in range(n)}
    before, after = [Decimal(1)], [Decimal(1)] * (n + 1)
    for j in range(n):
        before.append(before[j] + sum(before[i] * weight for i in starts[j] for weight in weights[i, j]))
    for i in reversed(range(n)):
        after[i] = after[i + 1] + sum(weight * after[j + 1] for j in ends[i] for weight in weights[i, j])
    through = {
        (i, j): [before[i] * weight * after[j + 1] for weight in of_types] for (i, j), of_types in weights.items()
    }
    return _Sentence(before, after, through)


def _tags(sentence: _Sentence) -> list[list[float]]:
    """P(tag) at each word: O, then B, I, L, U of each type."""
    before, after, through = sentence
    n, types = len(before) - 1, len(through[0, 0])
    begins, ends, one = ([[Decimal(0)] * types for _ in range(n)] for _ in range(3))
    for (i, j), weights in through.items():
        for kind, weight in enumerate(weights):
            if i == j:
                one[i][kind] = weight
            else:
                begins[i][kind] += weight
                ends[j][kind] += weight
    rows, inside = [], [Decimal(0)] * types
    for m in range(n):
        inside = [within - last for within, last in zip(inside, ends[m], strict=True)]
        counts = [before[m] * after[m + 1], *begins[m], *inside, *ends[m], *one[m]]
        total = sum(counts)
        rows.append([float(count / total) for count in counts])
        inside = [within + first for within, first in zip(inside, begins[m], strict=True)]
    return rows
