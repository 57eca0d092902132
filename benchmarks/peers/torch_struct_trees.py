"""torch-struct's trees: potentials [head, dependent] of words, with ROOT's arcs on the diagonal."""

from importlib.metadata import version
from typing import Any

import torch
import torch_struct
from torch import Tensor, autograd

from benchmarks.tree_problems import TreeProblem
from benchmarks.workload import Step


class TorchStructTrees:
    """
    The gradient of log Z is faster than the library's `marginals`, so it is what is timed. Release 0.5 has a partition
    function of projective trees only for potentials that require a gradient.
    """

    name = "torch-struct"
    version = version("torch-struct")
    is_torch = True

    def non_projective(self, problem: TreeProblem) -> Step:
        return _inference(torch_struct.NonProjectiveDependencyCRF, problem)

    def non_projective_marginals(self, problem: TreeProblem) -> Step:
        trees = torch_struct.NonProjectiveDependencyCRF(_on_diagonal(problem.teacher), problem.lengths, multiroot=False)
        return lambda: (trees.partition.detach(), _beside(trees.marginals.detach()))

    def non_projective_step(self, problem: TreeProblem) -> Step:
        return _distillation(torch_struct.NonProjectiveDependencyCRF, problem)

    def projective(self, problem: TreeProblem) -> Step:
        return _inference(torch_struct.DependencyCRF, problem)

    def projective_step(self, problem: TreeProblem) -> Step:
        return _distillation(torch_struct.DependencyCRF, problem)


def _inference(kind: Any, problem: TreeProblem) -> Step:
    arcs, lengths = _on_diagonal(problem.teacher), problem.lengths

    def step():
        log_z = kind(arcs, lengths, multiroot=False).partition
        return log_z.detach(), _beside(*autograd.grad(log_z.sum(), arcs))

    return step


def _distillation(kind: Any, problem: TreeProblem) -> Step:
    given, student = _on_diagonal(problem.teacher), _on_diagonal(problem.student)
    lengths = problem.lengths

    def step():
        (expected,) = autograd.grad(kind(given, lengths, multiroot=False).partition.sum(), given)
        log_z = kind(student, lengths, multiroot=False).partition
        loss = (log_z.sum() - (expected * student).sum()) / problem.batch
        return loss.detach(), _beside(*autograd.grad(loss, student))

    return step


def _on_diagonal(arcs: Tensor) -> Tensor:
    """The library's layout, as a leaf."""
    words = arcs[:, :, 1:].transpose(1, 2).clone()
    words.diagonal(0, 1, 2).copy_(arcs[:, :, 0])
    return words.requires_grad_()


def _beside(words: Tensor) -> Tensor:
    """(batch, dependent, head) with ROOT in column 0."""
    return torch.cat((words.diagonal(0, 1, 2).unsqueeze(2), words.transpose(1, 2)), 2)
