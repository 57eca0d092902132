"""skd_plugin.structures, on trees."""

import torch
from torch import Tensor, autograd

import skd_plugin
from benchmarks.conversion import ConversionProblem
from benchmarks.second_order_problems import SecondOrderProblem
from benchmarks.tree_problems import TreeProblem
from benchmarks.workload import Step
from skd_plugin.structures import (
    ArcLabels,
    HeadSelection,
    NonProjectiveTree,
    ProjectiveTree,
    SecondOrder,
    Tree,
    cross_entropy,
    encodings,
    project,
)

_Kind = type[NonProjectiveTree] | type[ProjectiveTree]


class SkdPluginTrees:
    """Factorizations are built inside the step, as a model builds them for every batch."""

    name = "skd_plugin"
    version = skd_plugin.__version__
    is_torch = True

    def non_projective(self, problem: TreeProblem) -> Step:
        return _inference(NonProjectiveTree, problem)

    def non_projective_step(self, problem: TreeProblem) -> Step:
        return _distillation(NonProjectiveTree, problem)

    def projective(self, problem: TreeProblem) -> Step:
        return _inference(ProjectiveTree, problem)

    def projective_step(self, problem: TreeProblem) -> Step:
        return _distillation(ProjectiveTree, problem)

    def siblings(self, problem: SecondOrderProblem) -> Step:
        return _mean_field(problem, problem.siblings, torch.zeros_like(problem.grandparents))

    def siblings_step(self, problem: SecondOrderProblem) -> Step:
        siblings = problem.siblings.clone().requires_grad_()
        return _mean_field_step(problem, siblings, torch.zeros_like(problem.grandparents))

    def second_order(self, problem: SecondOrderProblem) -> Step:
        return _mean_field(problem, problem.siblings, problem.grandparents)

    def second_order_step(self, problem: SecondOrderProblem) -> Step:
        leaves = (pairs.clone().requires_grad_() for pairs in (problem.siblings, problem.grandparents))
        return _mean_field_step(problem, *leaves)

    def decoding(self, problem: TreeProblem) -> Step:
        mask = problem.mask
        return lambda: NonProjectiveTree(problem.student, None, mask, ()).argmax.heads

    def conversion(self, problem: ConversionProblem) -> Step:
        mask, lengths, labels = problem.trees.mask, problem.trees.lengths, problem.labels
        relation_of = torch.tensor([problem.names.index(encodings.relation(label)) for label in labels])
        scores = torch.zeros(*mask.shape, len(labels))

        def step():
            teacher = HeadSelection(problem.trees.teacher, problem.relations, mask, problem.names)
            heads = encodings.RelativeOffset().heads(labels, lengths)
            student = ArcLabels(scores, heads, relation_of, mask, problem.names)
            return (project(teacher, student, "renormalize").tokens,)

        return step


def _inference(kind: _Kind, problem: TreeProblem) -> Step:
    mask = problem.mask

    def step():
        tree = kind(problem.teacher, None, mask, ())
        return tree.log_partition, tree.arc_marginals

    return step


def _distillation(kind: _Kind, problem: TreeProblem) -> Step:
    mask, student = problem.mask, problem.student.clone().requires_grad_()

    def step():
        teacher = kind(problem.teacher, None, mask, ())
        loss = cross_entropy(teacher, kind(student, None, mask, ())).mean()
        return loss.detach(), *autograd.grad(loss, student)

    return step


def _mean_field(problem: SecondOrderProblem, siblings: Tensor, grandparents: Tensor) -> Step:
    arcs, mask = problem.trees.student, problem.trees.mask
    return lambda: (SecondOrder(arcs, siblings, grandparents, None, mask, ()).marginals.arcs,)


def _mean_field_step(problem: SecondOrderProblem, *pairs: Tensor) -> Step:
    mask, gold, arcs = problem.trees.mask, problem.trees.gold, problem.trees.student.clone().requires_grad_()
    leaves = [leaf for leaf in (arcs, *pairs) if leaf.requires_grad]
    words = mask.sum()

    def step():
        student = SecondOrder(arcs, *pairs, None, mask, ())
        loss = student.cross_entropy(student.indicator(Tree(gold, None))).sum() / words
        return loss.detach(), *autograd.grad(loss, leaves)

    return step
