"""What is timed of trees: inference, distillation, mean field, decoding, conversion."""

from functools import partial
from typing import Any, Callable, Sequence

import numpy as np
import torch
from torch import Tensor

from benchmarks import second_order_reference as second_order
from benchmarks import tree_reference as trees
from benchmarks.conversion import ConversionProblem, expected_labels, random_conversion
from benchmarks.problems import Size
from benchmarks.second_order_problems import SecondOrderProblem, random_second_order
from benchmarks.tree_problems import TreeProblem, Words, random_trees, trained_trees
from benchmarks.workload import Judge, Workload, largest_error

_TO_50, _TO_100 = (Words(25), Words(50)), (Words(25), Words(50), Words(100))


def _legal(problem: TreeProblem, result: Sequence[Any]) -> list[Any]:
    """The result with 0 where there can be no arc."""
    legal, arrays = problem.legal, map(torch.as_tensor, result)
    return [array.where(legal, 0) if array.shape == legal.shape else array for array in arrays]


def _of_arcs(expected: Callable[[TreeProblem], Sequence[Tensor]]) -> Judge:
    return lambda problem, result: largest_error(_legal(problem, result), expected(problem))


def _of_pairs(*definitions: Callable[[SecondOrderProblem], Sequence[Tensor]]) -> Judge:
    """By whichever definition the result comes nearest to; one with other arrays is none."""

    def judge(problem: SecondOrderProblem, result: Sequence[Any]) -> float:
        errors = (
            largest_error(_legal(problem.trees, result), expected)
            for expected in (definition(problem) for definition in definitions)
            if [array.shape for array in expected] == [array.shape for array in result]
        )
        return min(errors, default=float("inf"))

    return judge


def _of_words(problem: ConversionProblem, result: Sequence[Any]) -> float:
    (tokens,), mask = result, problem.trees.mask.unsqueeze(2)
    return largest_error((torch.as_tensor(tokens) * mask,), expected_labels(problem))


def _shortfall(problem: TreeProblem, result: Any) -> float:
    """How far the trees' scores fall short of the best ones; infinite if one is no tree."""
    arcs, heads = problem.student.double(), torch.as_tensor(np.asarray(result))
    sentences = zip(heads.tolist(), problem.lengths.tolist(), strict=True)
    if not all(trees.is_tree(words[:length]) for words, length in sentences):
        return float("inf")
    best = trees.best_score(arcs, problem.lengths)
    return float(((best - trees.score(arcs, heads, problem.mask)) / best.abs().clamp(min=1)).max())


def _exact(name: str, title: str, sizes: Sequence[Words], log_partition: trees.LogPartition) -> tuple[Workload, ...]:
    inference, training = (partial(of, log_partition) for of in (trees.marginals, trees.distillation))
    step = "Distillation: teacher's marginals, cross-entropy, gradient to the student"
    return (
        Workload(name, f"{title}: log Z and marginals", name, sizes, random_trees, _of_arcs(inference)),
        Workload(f"{name}_step", f"{title}. {step}", f"{name}_step", sizes, random_trees, _of_arcs(training)),
    )


def _mean_field(name: str, title: str, note: str, forward: Judge, training: Judge) -> tuple[Workload, ...]:
    step = "loss of gold trees, forward and backward"
    return (
        Workload(name, f"{title}: forward", name, _TO_50, random_second_order, forward, note),
        Workload(f"{name}_step", f"{title}: {step}", f"{name}_step", _TO_50, random_second_order, training, note),
    )


def _decoding(scores: str, problem: Callable[[Words, int, int], TreeProblem], note: str) -> Workload:
    title = f"Decoding of the best tree with one root, {scores} scores"
    return Workload(f"{scores}_decoding", title, "decoding", _TO_100, problem, _shortfall, note, tolerance=1e-6)


_SIBLINGS = """Both compute the same, arcs and siblings, with a softmax over the heads of each word (of supar,
`DependencyMFVI`). skd_plugin has no program without grandparents, so it is given zeros for them and pays for both."""

_GRANDPARENTS = """skd_plugin: arcs, siblings and grandparents, with a softmax over the heads of each word. supar has no
such program; its `SemanticDependencyMFVI`, for graphs: arcs, siblings, co-parents and grandparents, with a sigmoid for
each arc. Each is judged by its own definition: two programs are compared, not two ways to one number."""

_TRAINED = """The arcs of a random tree with one root are raised so far that the words' best heads are a tree for about
nine sentences of ten, as after training."""

_CONVERSION = """The teacher selects heads; the student's L labels, such as `-2@r7`, are of 49 relations. Compared with
a loop as in the code of Wang et al. 2021: over words and labels, for all sentences of the batch at once; each turn
splits the label's string, looks up head and relation, and multiplies. Finding the heads is timed in both."""

WORKLOADS = (
    *_exact("non_projective", "Non-projective trees (Matrix-Tree)", _TO_100, trees.non_projective),
    *_exact("projective", "Projective trees (Eisner)", _TO_50, trees.projective),
    *_mean_field(
        "siblings",
        "Mean field of siblings, 3 iterations",
        _SIBLINGS,
        _of_pairs(second_order.sibling_beliefs),
        _of_pairs(second_order.sibling_step),
    ),
    *_mean_field(
        "second_order",
        "Mean field of siblings and grandparents, 3 iterations",
        _GRANDPARENTS,
        _of_pairs(second_order.head_beliefs, second_order.edge_beliefs),
        _of_pairs(second_order.head_step, second_order.edge_step),
    ),
    _decoding("trained", trained_trees, _TRAINED),
    _decoding("random", random_trees, ""),
    Workload(
        "conversion",
        "Parser to arc labels (case 1b): P(h|i) · P(r|h, i) at the student's labels",
        "conversion",
        (Size(40, 1400),),
        random_conversion,
        _of_words,
        _CONVERSION,
    ),
)
