"""Conversion of a parser to labels that denote arcs: random problems, and P(h|i) · P(r|h, i) in plain float64."""

from dataclasses import dataclass
from itertools import islice, product

import torch
from torch import Tensor

from benchmarks.problems import Size
from benchmarks.tree_problems import TreeProblem, Words, random_trees

_RELATIONS = 49
ROOT = "0"


@dataclass(frozen=True)
class ConversionProblem:
    """The teacher's arcs of `trees` and the relations of each, and the labels of a student."""

    trees: TreeProblem
    relations: Tensor  # (batch, n, n + 1, relation)
    names: tuple[str, ...]  # of the relations
    labels: tuple[str, ...]  # such as `-2@r7`: the head is two words before, the relation is r7; ROOT is `0`

    @property
    def size(self) -> Size:
        """Longest sentence and number of labels."""
        return Size(self.trees.size.n, len(self.labels))


def random_conversion(size: Size, seed: int, batch: int = 32) -> ConversionProblem:
    """Potentials N(0, 1); the labels of the nearest heads, ROOT first, each with every relation."""
    n, count = size
    generator = torch.Generator().manual_seed(seed + 1)
    names = tuple(f"r{relation}" for relation in range(_RELATIONS))
    places = [ROOT, *(f"{sign * distance:+d}" for distance in range(1, n) for sign in (1, -1))]
    labels = tuple(f"{place}@{name}" for place, name in islice(product(places, names), count))
    relations = torch.randn(batch, n, n + 1, _RELATIONS, generator=generator)
    return ConversionProblem(random_trees(Words(n), seed, batch), relations, names, labels)


def expected_labels(problem: ConversionProblem) -> tuple[Tensor, ...]:
    """P(y_i = label) ∝ P(h|i) · P(r|h, i) over the labels that denote an arc at word i: a diagonal for each label."""
    arcs = problem.trees.teacher.double().masked_fill(~problem.trees.legal, -torch.inf)
    joint = arcs.softmax(2).nan_to_num(0).unsqueeze(3) * problem.relations.double().softmax(3)
    n = arcs.shape[1]
    found = torch.zeros(len(arcs), n, len(problem.labels), dtype=torch.double)
    for label, (place, name) in enumerate(text.split("@") for text in problem.labels):
        of_relation = joint[..., problem.names.index(name)]
        if place == ROOT:
            found[..., label] = of_relation[..., 0]
        else:
            steps, start = int(place), max(0, -int(place))
            found[:, start : start + n - abs(steps), label] = of_relation[..., 1:].diagonal(steps, 1, 2)
    return (found / found.sum(2, keepdim=True).clamp(min=1e-300),)
