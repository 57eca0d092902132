"""The judge of flat spans, in plain float64: a sum over the spans that end at each word, autograd, and indicators."""

import torch
from torch import Tensor, autograd

from benchmarks.span_problems import SpanProblem


def log_partition(scores: Tensor, lengths: Tensor) -> Tensor:
    """log Z of the sets of spans that share no word, (batch,); scores are (batch, n, width, type)."""
    _, n, width, _ = scores.shape
    total = scores.logsumexp(3)
    reached = [torch.zeros_like(total[:, 0, 0])]
    for end in range(1, n + 1):
        spans = [reached[end - w] + total[:, end - w, w - 1] for w in range(1, min(width, end) + 1)]
        reached.append(torch.stack([reached[-1], *spans]).logsumexp(0))
    return torch.stack(reached)[lengths, torch.arange(len(lengths))]


def inference(scores: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor]:
    """log Z and the marginals of spans, in float64."""
    leaf = scores.detach().double().requires_grad_()
    log_z = log_partition(leaf, lengths)
    return log_z.detach(), *autograd.grad(log_z.sum(), leaf)


def segments(problem: SpanProblem) -> tuple[Tensor, ...]:
    """The teacher's log Z and marginals, in float64."""
    return inference(problem.teacher, problem.lengths)


def segments_step(problem: SpanProblem) -> tuple[Tensor, ...]:
    """Loss of distillation of spans to spans and its gradient to the student, in float64."""
    student = problem.student.double().requires_grad_()
    _, expected = segments(problem)
    loss = (log_partition(student, problem.lengths).sum() - (expected * student).sum()) / problem.batch
    return loss.detach(), *autograd.grad(loss, student)


def tag_marginals(spans: Tensor, mask: Tensor) -> Tensor:
    """P(tag at each word), (batch, n, tag), of marginals of spans: B, I, L, U of each type, before them O."""
    n, width = spans.shape[1:3]
    first, wider = torch.arange(n).view(-1, 1, 1), torch.arange(width).view(1, -1, 1)  # by `wider` than one word
    place = torch.arange(n) - first  # of a word in a span
    begins, ends, one = place == 0, place == wider, wider == 0
    kinds = (begins & ~one, (place > 0) & (place < wider), ends & ~one, begins & one)
    found = [torch.einsum("bfwt,fwm->bmt", spans, kind.to(spans.dtype)) for kind in kinds]
    covered = torch.cat(found, 2)
    return torch.cat((1 - covered.sum(2, keepdim=True), covered), 2) * mask.unsqueeze(2)


def tagging_step(problem: SpanProblem) -> tuple[Tensor, ...]:
    """Loss of distillation to a softmax over tags at each word and its gradient to that, in float64."""
    tagger = problem.tagger.double().requires_grad_()
    expected = tag_marginals(segments(problem)[1], problem.mask)
    loss = -(expected * tagger.log_softmax(2)).sum() / problem.batch
    return loss.detach(), *autograd.grad(loss, tagger)
