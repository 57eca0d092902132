"""torch-struct's semi-Markov model: potentials [first, width, label, label before], on one label."""

from importlib.metadata import version

import torch
import torch_struct
from torch import Tensor, autograd

from benchmarks.peers import Unsupported
from benchmarks.span_problems import SpanProblem
from benchmarks.workload import Step

_FORBIDDEN = -1e9
_MOST_CELLS = 2e7  # batch · n · K³ of its scan; ten times as many are gigabytes


class TorchStructSpans:
    """
    Types are summed beforehand, because memory grows with the square of the number of labels, time with its cube.
    Release 0.5 is wrong on sentences of different lengths, so padding is made of words outside of spans, which add 0.
    """

    name = "torch-struct"
    version = version("torch-struct")
    is_torch = True

    def segments(self, problem: SpanProblem) -> Step:
        _refuse(problem)
        teacher, legal = problem.teacher.clone().requires_grad_(), problem.legal

        def step():
            log_z = _log_partition(teacher, legal)
            return log_z.detach(), *autograd.grad(log_z.sum(), teacher)

        return step

    def segments_step(self, problem: SpanProblem) -> Step:
        _refuse(problem)
        teacher, student = (spans.clone().requires_grad_() for spans in (problem.teacher, problem.student))
        legal = problem.legal

        def step():
            (expected,) = autograd.grad(_log_partition(teacher, legal).sum(), teacher)
            loss = (_log_partition(student, legal).sum() - (expected * student).sum()) / problem.batch
            return loss.detach(), *autograd.grad(loss, student)

        return step


def _refuse(problem: SpanProblem) -> None:
    n, width = problem.size
    if problem.batch * n * width**3 > _MOST_CELLS:
        raise Unsupported


def _log_partition(spans: Tensor, legal: Tensor) -> Tensor:
    """The library's segments are 0, 1, … words wide."""
    widths = spans.logsumexp(3).where(legal.squeeze(3), _FORBIDDEN)
    one, wider = torch.logaddexp(widths[:, :, :1], widths.new_zeros(())), widths[:, :, 1:]
    potentials = torch.cat((torch.full_like(one, _FORBIDDEN), one, wider), 2)
    return torch_struct.SemiMarkovCRF(potentials[..., None, None]).partition
