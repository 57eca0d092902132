"""The judge of trees, in plain float64: determinants and charts, autograd, and the tropical limit of the former."""

from typing import Callable

import torch
from torch import Tensor, autograd

from benchmarks.tree_problems import TreeProblem

LogPartition = Callable[[Tensor, Tensor], Tensor]  # (arcs (batch, n, n + 1), lengths (batch,)) -> (batch,)


def non_projective(arcs: Tensor, lengths: Tensor) -> Tensor:
    """log Z of all trees with one root, by a determinant (Koo et al. 2007)."""
    sentences = zip(arcs, lengths.tolist(), strict=True)
    return torch.stack([_log_determinant(sentence[:n, : n + 1]) for sentence, n in sentences])


def _log_determinant(arcs: Tensor) -> Tensor:
    """Of the Laplacian whose first column is ROOT's, after a shift that keeps numbers near 1."""
    arcs = arcs.masked_fill(_own(len(arcs)), -torch.inf)
    peaks = arcs.detach().amax(1, keepdim=True)
    weights = (arcs - peaks).exp()
    laplacian = weights[:, 1:].sum(1).diag() - weights[:, 1:]
    laplacian = torch.cat((weights[:, :1], laplacian[:, 1:]), 1)
    return torch.linalg.slogdet(laplacian)[1] + peaks.sum()


def projective(arcs: Tensor, lengths: Tensor) -> Tensor:
    """log Z of the projective trees with one root, by a chart of spans in the log domain (Eisner 1996)."""
    n = arcs.shape[1]
    right, left = ({(i, i): torch.zeros_like(arcs[:, 0, 0]) for i in range(n)} for _ in range(2))
    open_right: dict[tuple[int, int], Tensor] = {}
    open_left: dict[tuple[int, int], Tensor] = {}
    for i, j in ((i, i + width) for width in range(1, n) for i in range(n - width)):
        both = _sum(right[i, k] + left[k + 1, j] for k in range(i, j))
        open_right[i, j], open_left[i, j] = both + arcs[:, j, i + 1], both + arcs[:, i, j + 1]
        right[i, j] = _sum(open_right[i, k] + right[k, j] for k in range(i + 1, j + 1))
        left[i, j] = _sum(left[i, k] + open_left[k, j] for k in range(i, j))
    roots = (
        _sum(arcs[b, r, 0] + left[0, r][b] + right[r, end - 1][b] for r in range(end))
        for b, end in enumerate(lengths.tolist())
    )
    return torch.stack(list(roots))


def _sum(terms) -> Tensor:
    return torch.stack(list(terms)).logsumexp(0)


def best_score(arcs: Tensor, lengths: Tensor) -> Tensor:
    """
    Score of each sentence's best tree with one root: log Z with max in place of log-sum.

    Eliminating words one by one subtracts nothing, so it holds in the tropical semiring as well.
    """
    sentences = zip(arcs, lengths.tolist(), strict=True)
    return torch.stack([_eliminated(sentence[:n, : n + 1], torch.amax) for sentence, n in sentences])


def _eliminated(arcs: Tensor, plus) -> Tensor:
    """w(h, m) += w(h, k) · w(k, m) / D_k for the last word k and all heads h, words m before it; D_k without ROOT."""
    graph, total = arcs.masked_fill(_own(len(arcs)), -torch.inf), arcs.new_zeros(())
    for k in range(len(arcs) - 1, 0, -1):
        through = graph[k, 1 : k + 1]
        degree = plus(through, 0)
        total = total + degree
        past = graph[:k, k + 1, None] + graph[k, : k + 1] - degree
        graph = plus(torch.stack((graph[:k, : k + 1], past)), 0).masked_fill(_own(k), -torch.inf)
    return total + graph[0, 0]


def _own(n: int) -> Tensor:
    """Bool, (n, n + 1), true where a word would be its own head."""
    return torch.arange(n).unsqueeze(1) + 1 == torch.arange(n + 1)


def score(arcs: Tensor, heads: Tensor, mask: Tensor) -> Tensor:
    """Score of one tree for each sentence, (batch,)."""
    return (arcs.gather(2, heads.unsqueeze(2)).squeeze(2) * mask).sum(1)


def is_tree(heads: list[int]) -> bool:
    """Whether exactly one word depends on ROOT (0), and every word's heads lead there; words count from 1."""
    reached = {0}
    for _ in heads:
        reached |= {word for word, head in enumerate(heads, start=1) if head in reached}
    return heads.count(0) == 1 and len(reached) == len(heads) + 1


def marginals(log_partition: LogPartition, problem: TreeProblem) -> tuple[Tensor, ...]:
    """The teacher's log Z and P(h → i), in float64."""
    arcs = problem.teacher.double().requires_grad_()
    log_z = log_partition(arcs, problem.lengths)
    return log_z.detach(), *autograd.grad(log_z.sum(), arcs)


def distillation(log_partition: LogPartition, problem: TreeProblem) -> tuple[Tensor, ...]:
    """Loss of distillation and its gradient to the student, in float64."""
    student = problem.student.double().requires_grad_()
    _, expected = marginals(log_partition, problem)
    loss = (log_partition(student, problem.lengths).sum() - (expected * student).sum()) / problem.batch
    return loss.detach(), *autograd.grad(loss, student)
