"""torch-struct: dense potentials on the n − 1 edges, indexed [edge, label, previous]."""

from importlib.metadata import version

import torch
import torch_struct
from torch import Tensor, autograd

from benchmarks.peers import Unsupported
from benchmarks.problems import Chain, Problem
from benchmarks.workload import Step

_MOST_CELLS = 2e7  # batch · n · L³ of its scan; ten times as many are 10 GB and half a minute for one step


class TorchStruct:
    """The distribution's `marginals` are the gradient of log Z, in the shape of the potentials."""

    name = "torch-struct"
    version = version("torch-struct")
    is_torch = True

    def distillation(self, problem: Problem) -> Step:
        _refuse(problem)
        given, leaves, lengths = problem.teacher, problem.student.leaves(), problem.lengths

        def step():
            expected = torch_struct.LinearChainCRF(_edges(given, lengths), lengths).marginals.detach()
            edges = _edges(leaves, lengths)
            log_partition = torch_struct.LinearChainCRF(edges, lengths).partition
            loss = (log_partition.sum() - (expected * edges).sum()) / problem.batch
            return loss.detach(), *autograd.grad(loss, leaves)

        return step

    def likelihood(self, problem: Problem) -> Step:
        _refuse(problem)
        leaves, lengths = problem.student.leaves(), problem.lengths
        gold = _indicator(problem)

        def step():
            loss = -torch_struct.LinearChainCRF(_edges(leaves, lengths), lengths).log_prob(gold).mean()
            return loss.detach(), *autograd.grad(loss, leaves)

        return step

    def token_marginals(self, problem: Problem) -> Step:
        _refuse(problem)
        given, lengths = problem.teacher, problem.lengths

        def step():
            edges = torch_struct.LinearChainCRF(_edges(given, lengths), lengths).marginals.detach()
            return (torch.cat((edges[:, :1].sum(2), edges.sum(3)), 1),)

        return step

    def decoding(self, problem: Problem) -> Step:
        _refuse(problem)
        student, lengths = problem.student, problem.lengths

        def step():
            edges = torch_struct.LinearChainCRF(_edges(student, lengths), lengths).argmax.detach()
            return torch.cat((edges[:, :1].sum(2), edges.sum(3)), 1).argmax(2)

        return step


def _refuse(problem: Problem) -> None:
    n, labels = problem.size
    # A sentence of one word has no edge to put its scores on, and gets a wrong log Z when it stands beside longer ones.
    if problem.lengths.min() == 1 or problem.batch * n * labels**3 > _MOST_CELLS:
        raise Unsupported


def _edges(chain: Chain, lengths: Tensor) -> Tensor:
    """Each edge carries its second word's emission; the first also the first word's, the last the end score."""
    edges = chain.emissions[:, 1:, :, None] + chain.transitions.t().contiguous()
    first = torch.arange(edges.shape[1]) == 0
    last = torch.arange(edges.shape[1]) == (lengths - 2).unsqueeze(1)
    edges = edges + first[:, None, None] * (chain.start + chain.emissions[:, 0])[:, None, None, :]
    return edges + last[:, :, None, None] * chain.end[:, None]


def _indicator(problem: Problem) -> Tensor:
    """The gold edges as the library's event, built outside the step because they do not change."""
    return torch_struct.LinearChainCRF.struct.to_parts(problem.gold, problem.size.labels, problem.lengths).float()
