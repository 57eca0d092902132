"""supar: its linear chain alone, without the parsers around it and their dependencies (transformers, stanza, nltk)."""

import sys
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType

import torch
from torch import Tensor, autograd

from benchmarks.problems import Chain, Problem
from benchmarks.workloads import Step


def _without_init(package: str, folder: Path) -> None:
    """Register a package whose `__init__` is not run; its submodules import as usual."""
    module = ModuleType(package)
    module.__path__ = [str(folder)]
    sys.modules[package] = module


_spec = find_spec("supar")
if _spec is None or _spec.origin is None:
    raise ImportError("No module named 'supar'")
_without_init("supar", Path(_spec.origin).parent)
_without_init("supar.utils", Path(_spec.origin).parent / "utils")

from supar.structs.linearchain import LinearChainCRF  # noqa: E402


class Supar:
    """Two gradients of log Z are faster than the library's `cross_entropy`, so they are what is timed."""

    name = "supar"
    version = version("supar")
    is_torch = True

    def distillation(self, problem: Problem) -> Step:
        given, leaves, lengths = problem.teacher.leaves(), problem.student.leaves(), problem.lengths

        def step():
            teacher = _potentials(given)
            parts = autograd.grad(LinearChainCRF(*teacher, lengths).log_partition.sum(), teacher)
            student = _potentials(leaves)
            scored = sum((part * potential).sum() for part, potential in zip(parts, student))
            loss = (LinearChainCRF(*student, lengths).log_partition.sum() - scored) / problem.batch
            return loss.detach(), *autograd.grad(loss, leaves)

        return step

    def likelihood(self, problem: Problem) -> Step:
        leaves = problem.student.leaves()

        def step():
            loss = -LinearChainCRF(*_potentials(leaves), problem.lengths).log_prob(problem.gold).mean()
            return loss.detach(), *autograd.grad(loss, leaves)

        return step

    def token_marginals(self, problem: Problem) -> Step:
        given, lengths = Chain(*(tensor.clone() for tensor in problem.teacher)), problem.lengths

        def step():
            chain = LinearChainCRF(given.emissions, _square(given), lengths)
            return autograd.grad(chain.log_partition.sum(), chain.scores)

        return step

    def decoding(self, problem: Problem) -> Step:
        student = Chain(*(tensor.clone() for tensor in problem.student))
        return lambda: LinearChainCRF(student.emissions, _square(student), problem.lengths).argmax


def _potentials(chain: Chain) -> tuple[Tensor, Tensor]:
    return chain.emissions, _square(chain)


def _square(chain: Chain) -> Tensor:
    """The library's (L+1, L+1) matrix: the last row holds the start scores, the last column the end scores."""
    corner = chain.start.new_zeros(1)
    above = torch.cat((chain.transitions, chain.end.unsqueeze(1)), 1)
    return torch.cat((above, torch.cat((chain.start, corner)).unsqueeze(0)), 0)
