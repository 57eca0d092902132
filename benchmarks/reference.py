"""The judge: log Z(x) = logsumexp over label sequences, by a plain float64 recursion and autograd."""

import torch
from torch import Tensor, autograd

from benchmarks.problems import Chain, Problem


def log_partition(chain: Chain, mask: Tensor) -> Tensor:
    """log Z of each sentence, (batch,)."""
    return _fold(chain, mask, torch.logsumexp)


def best_score(chain: Chain, mask: Tensor) -> Tensor:
    """Score of each sentence's best label sequence, (batch,)."""
    return _fold(chain, mask, torch.amax)


def _fold(chain: Chain, mask: Tensor, plus) -> Tensor:
    alpha = chain.start + chain.emissions[:, 0]
    for position in range(1, mask.shape[1]):
        reached = plus(alpha.unsqueeze(2) + chain.transitions, 1) + chain.emissions[:, position]
        alpha = torch.where(mask[:, position, None], reached, alpha)
    return plus(alpha + chain.end, 1)


def score(chain: Chain, labels: Tensor, mask: Tensor) -> Tensor:
    """Score of one label sequence for each sentence, (batch,)."""
    emitted = chain.emissions.gather(2, labels.unsqueeze(2)).squeeze(2)
    moved = chain.transitions[labels[:, :-1], labels[:, 1:]]
    last = labels.gather(1, mask.sum(1, keepdim=True) - 1).squeeze(1)
    return (emitted * mask).sum(1) + (moved * mask[:, 1:]).sum(1) + chain.start[labels[:, 0]] + chain.end[last]


def expected_parts(chain: Chain, mask: Tensor) -> tuple[Tensor, ...]:
    """Expected emissions, transitions, starts and ends: the gradient of Σ log Z."""
    return autograd.grad(log_partition(chain, mask).sum(), chain, materialize_grads=True)


def distillation(problem: Problem) -> tuple[Tensor, ...]:
    """Loss of chain distillation and its gradient to the student, in float64."""
    student, mask = problem.student.double(), problem.mask
    parts = expected_parts(problem.teacher.double(), mask)
    scored = sum((part * potential).sum() for part, potential in zip(parts, student))
    loss = (log_partition(student, mask).sum() - scored) / problem.batch
    return loss.detach(), *autograd.grad(loss, student, materialize_grads=True)


def likelihood(problem: Problem) -> tuple[Tensor, ...]:
    """Negative log likelihood of the gold labels and its gradient, in float64."""
    student, mask = problem.student.double(), problem.mask
    loss = (log_partition(student, mask) - score(student, problem.gold, mask)).mean()
    return loss.detach(), *autograd.grad(loss, student, materialize_grads=True)


def token_marginals(problem: Problem) -> tuple[Tensor, ...]:
    """P(label at each token) under the teacher, in float64."""
    return expected_parts(problem.teacher.double(), problem.mask)[:1]
