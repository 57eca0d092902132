"""skd_plugin.structures."""

from torch import autograd

import skd_plugin
from benchmarks.problems import Problem
from benchmarks.workload import Step
from skd_plugin.structures import LinearChain, cross_entropy


class SkdPlugin:
    """Factorizations are built inside the step, as a model builds them for every batch."""

    name = "skd_plugin"
    version = skd_plugin.__version__
    is_torch = True

    def distillation(self, problem: Problem) -> Step:
        mask, labels, leaves = problem.mask, _labels(problem), problem.student.leaves()

        def step():
            teacher = LinearChain(*problem.teacher, mask, labels)
            loss = cross_entropy(teacher, LinearChain(*leaves, mask, labels)).mean()
            return loss.detach(), *autograd.grad(loss, leaves)

        return step

    def likelihood(self, problem: Problem) -> Step:
        mask, labels, leaves = problem.mask, _labels(problem), problem.student.leaves()

        def step():
            student = LinearChain(*leaves, mask, labels)
            loss = student.cross_entropy(student.indicator(problem.gold)).mean()
            return loss.detach(), *autograd.grad(loss, leaves)

        return step

    def token_marginals(self, problem: Problem) -> Step:
        mask, labels = problem.mask, _labels(problem)
        return lambda: (LinearChain(*problem.teacher, mask, labels).token_marginals,)

    def decoding(self, problem: Problem) -> Step:
        mask, labels = problem.mask, _labels(problem)
        return lambda: LinearChain(*problem.student, mask, labels).argmax


def _labels(problem: Problem) -> tuple[str, ...]:
    """Names that do not look like a tag scheme, so that decoding is unconstrained as it is elsewhere."""
    return tuple(f"label{index}" for index in range(problem.size.labels))
