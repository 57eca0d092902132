"""The benchmarks of trees: every implementation that is installed is right, the judges notice what is not."""

from dataclasses import replace

import pytest
import torch

from benchmarks import speed, tree_accuracy
from benchmarks.peers import OURS, TREE_ADAPTERS, load, load_installed
from benchmarks.problems import Size
from benchmarks.tree_problems import Words, random_trees, trained_trees
from benchmarks.tree_reference import is_tree
from benchmarks.tree_workloads import WORKLOADS
from tests.benchmarks.tables import rows
from tests.benchmarks.wrong_results import check_a_wrong_number_is_noticed

pytestmark = pytest.mark.slow

TINY = Words(5)

every_workload = pytest.mark.parametrize("workload", WORKLOADS, ids=lambda workload: workload.name)


def tiny(workload):
    return TINY if isinstance(workload.sizes[0], Words) else Size(5, 120)


@pytest.fixture(scope="module")
def ours():
    return {OURS: load(OURS, TREE_ADAPTERS)}


@every_workload
def test_our_result_is_right_and_gets_a_row(workload, ours):
    cells = list(speed.measure(workload, ours, [tiny(workload)], batch=3, rounds=2, seed=1))
    header, row = rows(speed.speed_table(cells))
    assert header == ["size", "skd_plugin, ms"]
    assert row[0] == str(tiny(workload))
    assert float(row[1]) > 0


@every_workload
@pytest.mark.filterwarnings("ignore")  # of the other libraries
def test_the_result_of_every_library_that_is_installed_is_right(workload):
    problem = workload.problem(tiny(workload), 1, 3)
    able = [peer for peer in load_installed(adapters=TREE_ADAPTERS)[0].values() if hasattr(peer, workload.method)]
    assert all(workload.is_right(problem, getattr(peer, workload.method)(problem)()) for peer in able)


@pytest.mark.parametrize(
    "workload",
    [workload for workload in WORKLOADS if workload.method != "decoding"],
    ids=lambda workload: workload.name,
)
def test_a_wrong_result_is_noticed(workload, ours):
    problem = workload.problem(tiny(workload), 1, 3)
    check_a_wrong_number_is_noticed(workload, problem, getattr(ours[OURS], workload.method)(problem))


def test_a_worse_tree_and_what_is_no_tree_are_noticed(ours):
    decoding = next(workload for workload in WORKLOADS if workload.name == "random_decoding")
    problem = random_trees(TINY, seed=1, batch=3)
    best = ours[OURS].decoding(problem)()
    assert decoding.is_right(problem, best)
    assert not decoding.is_right(problem, problem.gold)
    raised = replace(problem, student=problem.student.clone())
    raised.student[0, :2, 1:3] += 100  # a cycle
    cycle = best.clone()
    cycle[0, :2] = torch.tensor([2, 1])
    assert not decoding.is_right(raised, cycle)


def test_gold_heads_are_trees_and_trained_scores_have_them_as_best_heads_nine_times_in_ten():
    for n in (25, 100):
        problem = trained_trees(Words(n), seed=3, batch=200)
        assert all(is_tree(heads[:length]) for heads, length in zip(problem.gold.tolist(), problem.lengths.tolist()))
        heads = problem.student.masked_fill(~problem.legal, -torch.inf).argmax(2)
        found = [is_tree(words[:length]) for words, length in zip(heads.tolist(), problem.lengths.tolist())]
        assert 0.8 < sum(found) / len(found) < 1


def test_accuracy_has_a_row_for_each_case_and_size_and_stays_below_the_target(ours):
    cases = [tree_accuracy.Case(1, 0), tree_accuracy.Case(15, 200)]
    for kind in tree_accuracy.KINDS:
        header, *found = rows(tree_accuracy.accuracy_table(kind._replace(sizes=[TINY, Words(7)]), ours, cases, seed=2))
        assert header == ["potentials", "size", "skd_plugin"]
        names = [str(case) for case in cases]
        assert [row[:2] for row in found] == [[name, size] for name in names for size in ("n=5", "n=7")]
        assert all(float(error) < 1e-6 for row in found for error in row[2].split(" / "))
