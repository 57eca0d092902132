"""The judge of mean field, in plain float64: three times q ← f(arcs + expected scores of pairs); autograd behind."""

from dataclasses import replace
from typing import Callable

import torch
from torch import Tensor, autograd
from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy, one_hot, pad

from benchmarks.second_order_problems import SecondOrderProblem

ITERATIONS = 3


def _iterated(arcs: Tensor, beliefs: Callable[[Tensor], Tensor], messages: Callable[[Tensor], Tensor]) -> Tensor:
    logits = arcs
    for _ in range(ITERATIONS):
        logits = arcs + messages(beliefs(logits))
    return logits


def head_logits(legal: Tensor, arcs: Tensor, siblings: Tensor, grandparents: Tensor) -> Tensor:
    """
    Each word chooses a head (Wang and Tu 2020): q(h|i) by a softmax, F(h → i) = Σ_k siblings[i, h, k] q(h|k)
    + Σ_g grandparents[i, h, g] q(g|h) + Σ_k grandparents[k, i, h] q(i|k), never the same word twice.
    """
    words = torch.arange(arcs.shape[1])
    siblings = siblings * (words.view(-1, 1, 1) != words)
    above = (grandparents * (words.view(-1, 1, 1) + 1 != torch.arange(arcs.shape[2])))[:, :, 1:]

    def messages(q: Tensor) -> Tensor:
        beside = (siblings * q.transpose(1, 2).unsqueeze(1)).sum(3)
        from_head = pad((above * q.unsqueeze(1)).sum(3), (1, 0))
        return beside + from_head + (above * q[:, :, 1:].unsqueeze(3)).sum(1)

    return _iterated(arcs, lambda logits: _softmax(legal, logits), messages)


def edge_logits(legal: Tensor, arcs: Tensor, siblings: Tensor, coparents: Tensor, grandchildren: Tensor) -> Tensor:
    """
    Each edge of a graph is there or not (Wang et al. 2019): q(h → i) by a sigmoid, F(h → i) = Σ_k siblings[i, h, k]
    q(h → k) + coparents[i, h, k] q(k → i) + grandchildren[i, h, k] q(i → k), over words k ≠ i that may depend on h.
    """
    not_itself = ~torch.eye(arcs.shape[1], dtype=torch.bool).unsqueeze(1)
    allowed = legal.unsqueeze(3) & legal.transpose(1, 2).unsqueeze(1) & not_itself
    siblings, coparents, grandchildren = (pairs * allowed for pairs in (siblings, coparents, grandchildren))

    def messages(q: Tensor) -> Tensor:
        among_words = q[:, :, 1:]
        beside = siblings * q.transpose(1, 2).unsqueeze(1)
        below = grandchildren * among_words.transpose(1, 2).unsqueeze(2)
        return (beside + coparents * among_words.unsqueeze(2) + below).sum(3)

    return _iterated(arcs, torch.sigmoid, messages)


def head_beliefs(problem: SecondOrderProblem) -> tuple[Tensor, ...]:
    """q(h|i), 0 where there can be no arc."""
    legal, scores = problem.trees.legal, _double(problem.trees.student, problem.siblings, problem.grandparents)
    return (_softmax(legal, head_logits(legal, *scores)),)


def head_step(problem: SecondOrderProblem) -> tuple[Tensor, ...]:
    """−log q(gold head), the mean over words, and its gradient to all scores."""
    trees = problem.trees
    scores = [score.requires_grad_() for score in _double(trees.student, problem.siblings, problem.grandparents)]
    logits = head_logits(trees.legal, *scores).masked_fill(~trees.legal, -torch.inf)
    loss = cross_entropy(logits[trees.mask], trees.gold[trees.mask])
    return loss.detach(), *autograd.grad(loss, scores)


def sibling_beliefs(problem: SecondOrderProblem) -> tuple[Tensor, ...]:
    """`head_beliefs` without grandparents."""
    return head_beliefs(_without_grandparents(problem))


def sibling_step(problem: SecondOrderProblem) -> tuple[Tensor, ...]:
    """`head_step` without grandparents."""
    return head_step(_without_grandparents(problem))[:3]


def edge_beliefs(problem: SecondOrderProblem) -> tuple[Tensor, ...]:
    """q(h → i) of a graph's edges, 0 where there can be none."""
    legal = problem.trees.legal
    return (edge_logits(legal, *_edge_scores(problem)).sigmoid() * legal,)


def edge_step(problem: SecondOrderProblem) -> tuple[Tensor, ...]:
    """−log q(in the gold tree or not), the mean over possible edges, and its gradient to all scores."""
    trees, scores = problem.trees, [score.requires_grad_() for score in _edge_scores(problem)]
    gold = one_hot(trees.gold, trees.size.n + 1).double()
    loss = binary_cross_entropy_with_logits(edge_logits(trees.legal, *scores)[trees.legal], gold[trees.legal])
    return loss.detach(), *autograd.grad(loss, scores)


def _without_grandparents(problem: SecondOrderProblem) -> SecondOrderProblem:
    return replace(problem, grandparents=torch.zeros_like(problem.grandparents))


def _edge_scores(problem: SecondOrderProblem) -> list[Tensor]:
    return _double(problem.trees.student, problem.siblings, problem.coparents, problem.grandchildren)


def _double(*tensors: Tensor) -> list[Tensor]:
    return [tensor.double() for tensor in tensors]


def _softmax(legal: Tensor, logits: Tensor) -> Tensor:
    return logits.masked_fill(~legal, torch.finfo(logits.dtype).min).softmax(2) * legal
