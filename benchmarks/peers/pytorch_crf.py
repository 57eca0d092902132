"""pytorch-crf: no marginals of its own, so they are the gradient of its (private) log partition function."""

from importlib.metadata import version

import torch
from torch import autograd
from torchcrf import CRF

from benchmarks.problems import Chain, Problem
from benchmarks.workload import Step


class PytorchCrf:
    """The recurrence runs over a view with the words first, as inside the library's own `forward`."""

    name = "pytorch-crf"
    version = version("pytorch-crf")
    is_torch = True

    def distillation(self, problem: Problem) -> Step:
        mask = problem.mask.t()
        (teacher, given), (student, leaves) = _build(problem.teacher), _build(problem.student)

        def step():
            parts = autograd.grad(_log_partition(teacher, given, mask), given, materialize_grads=True)
            scored = sum((part * potential).sum() for part, potential in zip(parts, leaves))
            loss = (_log_partition(student, leaves, mask) - scored) / problem.batch
            return loss.detach(), *autograd.grad(loss, leaves, materialize_grads=True)

        return step

    def likelihood(self, problem: Problem) -> Step:
        mask, (student, leaves) = problem.mask, _build(problem.student)

        def step():
            loss = -student(leaves.emissions, problem.gold, mask, reduction="mean")
            return loss.detach(), *autograd.grad(loss, leaves, materialize_grads=True)

        return step

    def token_marginals(self, problem: Problem) -> Step:
        mask, (teacher, given) = problem.mask.t(), _build(problem.teacher)
        teacher.requires_grad_(False)
        return lambda: autograd.grad(_log_partition(teacher, given, mask), given.emissions)

    def decoding(self, problem: Problem) -> Step:
        mask, (student, leaves) = problem.mask, _build(problem.student)

        def step():
            with torch.no_grad():
                return student.decode(leaves.emissions, mask)

        return step


def _build(chain: Chain) -> tuple[CRF, Chain]:
    """The library's module, and the leaves to which gradients flow."""
    crf = CRF(len(chain.start), batch_first=True)
    with torch.no_grad():
        crf.transitions.copy_(chain.transitions)
        crf.start_transitions.copy_(chain.start)
        crf.end_transitions.copy_(chain.end)
    emissions = chain.leaves().emissions
    return crf, Chain(emissions, crf.transitions, crf.start_transitions, crf.end_transitions)


def _log_partition(crf: CRF, leaves: Chain, mask: torch.Tensor) -> torch.Tensor:
    return crf._compute_normalizer(leaves.emissions.transpose(0, 1), mask).sum()
