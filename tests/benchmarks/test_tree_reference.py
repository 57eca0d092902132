"""The references of the tree benchmarks agree with enumeration and with plain loops."""

import numpy as np
import pytest
import torch

from benchmarks import second_order_reference, tree_reference
from benchmarks.conversion import expected_labels, random_conversion
from benchmarks.problems import Size
from benchmarks.second_order_problems import random_second_order
from benchmarks.tree_problems import Words, random_trees
from tests.structures.oracles.mean_field import mean_field
from tests.structures.oracles.trees import head_assignments, is_projective, is_tree

LENGTH = 4


@pytest.fixture
def problem():
    return random_trees(Words(LENGTH), seed=5, batch=3)


def scores(problem, allowed) -> list:
    """The scores of all structures of each sentence."""
    arcs, lengths = problem.teacher.double(), problem.lengths.tolist()
    return [
        torch.stack([row[range(n), heads].sum() for heads in head_assignments(n, allowed).tolist()])
        for row, n in zip(arcs, lengths)
    ]


@pytest.mark.parametrize(
    ("log_partition", "allowed"), [(tree_reference.non_projective, is_tree), (tree_reference.projective, is_projective)]
)
def test_log_partition_sums_over_trees(problem, log_partition, allowed):
    expected = torch.stack([row.logsumexp(0) for row in scores(problem, allowed)])
    assert torch.allclose(log_partition(problem.teacher.double(), problem.lengths), expected)


def test_the_best_score_is_that_of_the_best_tree(problem):
    expected = torch.stack([row.max() for row in scores(problem, is_tree)])
    assert torch.allclose(tree_reference.best_score(problem.teacher.double(), problem.lengths), expected)


def test_trees_are_told_from_other_heads():
    trees = {tuple(heads) for heads in head_assignments(3, is_tree)}
    assert trees == {tuple(heads) for heads in head_assignments(3) if tree_reference.is_tree(heads.tolist())}


def test_mean_field_of_heads_is_that_of_the_plain_loops():
    problem = random_second_order(Words(LENGTH), seed=6, batch=2)
    pairs = problem.siblings.double(), problem.grandparents.double()
    found = second_order_reference.head_logits(problem.trees.legal, problem.trees.student.double(), *pairs)
    for b, n in enumerate(problem.trees.lengths.tolist()):
        arcs, siblings, grandparents = (tensor[b].numpy() for tensor in (problem.trees.student.double(), *pairs))
        inputs = arcs[:n, : n + 1], siblings[:n, : n + 1, :n], grandparents[:n, : n + 1, : n + 1]
        expected = mean_field(*inputs, second_order_reference.ITERATIONS)
        legal = problem.trees.legal[b, :n, : n + 1].numpy()
        assert np.allclose(found[b, :n, : n + 1].numpy()[legal], expected[legal])


def test_mean_field_of_edges_is_that_of_plain_loops():
    problem = random_second_order(Words(LENGTH), seed=6, batch=1)
    arcs = problem.trees.student[0].double()
    siblings, coparents, grandchildren = problem.siblings[0], problem.coparents[0], problem.grandchildren[0]
    words = range(LENGTH)
    logits = arcs.clone()
    for _ in range(second_order_reference.ITERATIONS):
        q = 1 / (1 + (-logits).exp())
        logits = arcs.clone()
        for i, h in ((i, h) for i in words for h in range(LENGTH + 1) if h != i + 1):
            for k in (k for k in words if k != i and k + 1 != h):
                logits[i, h] += siblings[i, h, k] * q[k, h] + coparents[i, h, k] * q[i, k + 1]
                logits[i, h] += grandchildren[i, h, k] * q[k, i + 1]
    (found,) = second_order_reference.edge_beliefs(problem)
    assert torch.allclose(found[0][problem.trees.legal[0]], (1 / (1 + (-logits).exp()))[problem.trees.legal[0]])


def test_expected_labels_are_products_over_the_labels_that_denote_an_arc():
    problem = random_conversion(Size(3, 170), seed=8, batch=1)
    (found,) = expected_labels(problem)
    for i in range(3):
        weights = torch.zeros(170, dtype=torch.double)
        for label, (place, name) in enumerate(text.split("@") for text in problem.labels):
            head = 0 if place == "0" else i + 1 + int(place)
            if place == "0" or 1 <= head <= 3:
                legal = problem.trees.teacher[0, i].double().masked_fill(~problem.trees.legal[0, i], -torch.inf)
                relations = problem.relations[0, i, head].double().softmax(0)
                weights[label] = legal.softmax(0)[head] * relations[problem.names.index(name)]
        assert torch.allclose(found[0, i], weights / weights.sum())
