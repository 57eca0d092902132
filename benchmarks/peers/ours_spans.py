"""skd_plugin.structures, on spans."""

from torch import autograd

import skd_plugin
from benchmarks.span_problems import TAGS, TYPES, SpanProblem
from benchmarks.workload import Step
from skd_plugin.structures import FlatSpans, MaxEnt, cross_entropy


class SkdPluginSpans:
    """Factorizations are built inside the step, as a model builds them for every batch."""

    name = "skd_plugin"
    version = skd_plugin.__version__
    is_torch = True

    def segments(self, problem: SpanProblem) -> Step:
        mask = problem.mask

        def step():
            spans = FlatSpans(problem.teacher, mask, TYPES)
            return spans.log_partition, spans.marginals.spans

        return step

    def segments_step(self, problem: SpanProblem) -> Step:
        mask, student = problem.mask, problem.student.clone().requires_grad_()

        def step():
            loss = cross_entropy(FlatSpans(problem.teacher, mask, TYPES), FlatSpans(student, mask, TYPES)).mean()
            return loss.detach(), *autograd.grad(loss, student)

        return step

    def tagging_step(self, problem: SpanProblem) -> Step:
        mask, tagger = problem.mask, problem.tagger.clone().requires_grad_()

        def step():
            loss = cross_entropy(FlatSpans(problem.teacher, mask, TYPES), MaxEnt(tagger, mask, TAGS)).mean()
            return loss.detach(), *autograd.grad(loss, tagger)

        return step
