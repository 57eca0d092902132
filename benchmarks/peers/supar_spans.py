"""The semi-Markov program that supar's development version has, restated in plain PyTorch.

No release of supar has it, so this is what anybody can install and compare with: log Z by a loop over last words,
each a logsumexp over first words and over the tags before, marginals by autograd.
"""

from abc import ABC, abstractmethod

import torch
from torch import Tensor, autograd
from torch.nn.functional import pad

from benchmarks.peers.span_tags import tagging_loss
from benchmarks.span_problems import TYPES, ByLast, SpanProblem, by_last
from benchmarks.workload import Step

_FORBIDDEN = -1e32  # the library's own


class _Program(ABC):
    """The scores lie as the program wants them, [first, last, tag], before the clock starts."""

    version = "(restated)"
    is_torch = True

    @abstractmethod
    def leaf(self, spans: Tensor) -> Tensor:
        """The given scores, a leaf."""

    @abstractmethod
    def scores(self, leaf: Tensor) -> Tensor:
        """What the program reads, of a leaf; inside of the step."""

    def segments(self, problem: SpanProblem) -> Step:
        teacher, lengths = self.leaf(problem.teacher), problem.lengths

        def step():
            log_z, marginals = self._inference(teacher, lengths)
            return log_z.detach(), ByLast(marginals)

        return step

    def segments_step(self, problem: SpanProblem) -> Step:
        teacher, student, lengths = self.leaf(problem.teacher), self.leaf(problem.student), problem.lengths

        def step():
            _, expected = self._inference(teacher, lengths)
            log_z = _log_partition(self.scores(student), lengths)
            loss = (log_z.sum() - (expected * student[..., : len(TYPES)]).sum()) / problem.batch
            return loss.detach(), ByLast(autograd.grad(loss, student)[0][..., : len(TYPES)])

        return step

    def tagging_step(self, problem: SpanProblem) -> Step:
        teacher, tagger, lengths = self.leaf(problem.teacher), problem.tagger.clone().requires_grad_(), problem.lengths
        mask = problem.mask

        def step():
            _, marginals = self._inference(teacher, lengths)
            loss = tagging_loss(_tags(marginals), tagger, mask)
            return loss.detach(), *autograd.grad(loss, tagger)

        return step

    def _inference(self, teacher: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor]:
        log_z = _log_partition(self.scores(teacher), lengths)
        (marginals,) = autograd.grad(log_z.sum(), teacher)
        return log_z, marginals[..., : len(TYPES)]


class SuparSpans(_Program):
    """As the program is meant to be used: a tag more, for words outside of spans, whose spans are one word wide."""

    name = "supar's program"

    def leaf(self, spans: Tensor) -> Tensor:
        scores = pad(by_last(spans, _FORBIDDEN), (0, 1), value=_FORBIDDEN)
        scores[..., -1].diagonal(0, 1, 2).zero_()
        return scores.requires_grad_()

    def scores(self, leaf: Tensor) -> Tensor:
        return leaf


class SuparSummed(_Program):
    """Faster: what may lie between two words is summed beforehand, so that the program has one tag."""

    name = "supar's, types summed"

    def leaf(self, spans: Tensor) -> Tensor:
        return by_last(spans, _FORBIDDEN).requires_grad_()

    def scores(self, leaf: Tensor) -> Tensor:
        n = leaf.shape[1]
        outside = torch.full((n, n), _FORBIDDEN).fill_diagonal_(0)
        return torch.logaddexp(leaf.logsumexp(3), outside).unsqueeze(3)


def _log_partition(scores: Tensor, lengths: Tensor) -> Tensor:
    """`scores` (batch, first, last, tag); transitions between tags cost nothing, but the program has them."""
    scores, transitions = scores.movedim((1, 2), (0, 1)), scores.new_zeros(scores.shape[3], scores.shape[3])
    alpha = torch.full_like(scores[0], _FORBIDDEN)
    alpha[0] = scores[0, 0]
    for last in range(1, len(scores)):
        before = (alpha[:last].unsqueeze(3) + transitions).logsumexp(2)
        later = (before + scores[1 : last + 1, last]).logsumexp(0)
        alpha[last] = torch.logaddexp(later, scores[0, last])
    return alpha[lengths - 1, torch.arange(len(lengths))].logsumexp(1)


def _tags(spans: Tensor) -> Tensor:
    """Marginals of tags by sums over first and over last words, and cumulative sums of both."""
    one = spans.diagonal(0, 1, 2).transpose(1, 2)
    begins, ends = spans.sum(2), spans.sum(1)
    covered = begins.cumsum(1) - ends.cumsum(1) + ends
    inside = covered - begins - ends + one
    outside = 1 - covered.sum(2, keepdim=True)
    return torch.cat((outside, begins - one, inside, ends - one, one), 2).clamp(min=0)
