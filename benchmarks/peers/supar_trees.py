"""supar's trees and mean fields, whose tensors have a row for ROOT as a dependent."""

from typing import Any, Sequence

from torch import Tensor, autograd
from torch.nn.functional import one_hot, pad

from benchmarks.peers.supar_structs import VERSION, structs
from benchmarks.second_order_problems import SecondOrderProblem
from benchmarks.second_order_reference import ITERATIONS
from benchmarks.tree_problems import TreeProblem
from benchmarks.workload import Step

_FORBIDDEN = -1e32  # the library's own
_AS_DEPENDENT, _AS_THIRD = (0, 0, 1, 0), (1, 0, 0, 0, 1, 0)  # where ROOT gets a place, for `pad`


class SuparTrees:
    """The gradient of log Z is faster than the library's `marginals` and `cross_entropy`, so it is what is timed."""

    name = "supar"
    version = VERSION
    is_torch = True

    def non_projective(self, problem: TreeProblem) -> Step:
        return _inference(structs.MatrixTree, problem)

    def non_projective_step(self, problem: TreeProblem) -> Step:
        return _distillation(structs.MatrixTree, problem)

    def projective(self, problem: TreeProblem) -> Step:
        return _inference(structs.DependencyCRF, problem)

    def projective_step(self, problem: TreeProblem) -> Step:
        return _distillation(structs.DependencyCRF, problem)

    def siblings(self, problem: SecondOrderProblem) -> Step:
        scores, mask, _ = _heads(problem)
        program = structs.DependencyMFVI(ITERATIONS)
        return lambda: (program(scores, mask).detach()[:, 1:],)

    def siblings_step(self, problem: SecondOrderProblem) -> Step:
        return _mean_field_step(structs.DependencyMFVI(ITERATIONS), *_heads(problem))

    def second_order(self, problem: SecondOrderProblem) -> Step:
        scores, mask, _ = _edges(problem)
        program = structs.SemanticDependencyMFVI(ITERATIONS)
        return lambda: (program(scores, mask).detach()[:, 1:],)

    def second_order_step(self, problem: SecondOrderProblem) -> Step:
        return _mean_field_step(structs.SemanticDependencyMFVI(ITERATIONS), *_edges(problem))

    def decoding(self, problem: TreeProblem) -> Step:
        scores, mask = _square(problem.student), pad(problem.mask, (1, 0))
        mst = structs.tree.mst
        return lambda: mst(scores, mask)[:, 1:]


def _square(arcs: Tensor) -> Tensor:
    """[dependent, head], each (ROOT, words)."""
    return pad(arcs, _AS_DEPENDENT)


def _inference(kind: Any, problem: TreeProblem) -> Step:
    arcs, lengths = _square(problem.teacher).requires_grad_(), problem.lengths

    def step():
        log_z = kind(arcs, lengths).log_partition
        (marginals,) = autograd.grad(log_z.sum(), arcs)
        return log_z.detach(), marginals[:, 1:]

    return step


def _distillation(kind: Any, problem: TreeProblem) -> Step:
    given, student = (_square(arcs).requires_grad_() for arcs in (problem.teacher, problem.student))
    lengths = problem.lengths

    def step():
        (expected,) = autograd.grad(kind(given, lengths).log_partition.sum(), given)
        loss = (kind(student, lengths).log_partition.sum() - (expected * student).sum()) / problem.batch
        return loss.detach(), autograd.grad(loss, student)[0][:, 1:]

    return step


def _mean_field_step(program: Any, scores: Sequence[Tensor], mask: Tensor, gold: Tensor) -> Step:
    def step():
        loss, _ = program(scores, mask, gold)
        arcs, *pairs = autograd.grad(loss, scores)
        return loss.detach(), arcs[:, 1:], *(gradient[:, 1:, :, 1:] for gradient in pairs)

    return step


def _heads(problem: SecondOrderProblem) -> tuple[list[Tensor], Tensor, Tensor]:
    """Scores, mask and gold heads for a choice of heads; a head that can be none has to be forbidden beforehand."""
    trees = problem.trees
    forbidden = ~trees.legal & trees.mask.unsqueeze(2)
    scores = _square(trees.student.masked_fill(forbidden, _FORBIDDEN)), pad(problem.siblings, _AS_THIRD)
    return _leaves(scores), pad(trees.mask, (1, 0)), pad(trees.gold, (1, 0))


def _edges(problem: SecondOrderProblem) -> tuple[list[Tensor], Tensor, Tensor]:
    """Scores, in the library's order, mask and gold edges for a graph."""
    trees = problem.trees
    pairs = problem.siblings, problem.coparents, problem.grandchildren
    scores = _square(trees.student), *(pad(pair, _AS_THIRD) for pair in pairs)
    gold = one_hot(trees.gold, trees.size.n + 1).bool()
    return _leaves(scores), pad(trees.legal, _AS_DEPENDENT), pad(gold, _AS_DEPENDENT)


def _leaves(scores: Sequence[Tensor]) -> list[Tensor]:
    """As a model's outputs in training; also without a backward pass this is faster, because memory is reused."""
    return [score.requires_grad_() for score in scores]
