"""supar's linear chain."""

import torch
from torch import Tensor, autograd

from benchmarks.peers.supar_structs import VERSION, structs
from benchmarks.problems import Chain, Problem
from benchmarks.workload import Step

LinearChainCRF = structs.LinearChainCRF


class Supar:
    """Two gradients of log Z are faster than the library's `cross_entropy`, so they are what is timed."""

    name = "supar"
    version = VERSION
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
