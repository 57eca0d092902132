"""The benchmarks run with our own implementation alone and print the tables they promise; no time is asserted."""

import subprocess
import sys

import pytest
import torch

from benchmarks import accuracy, memory, reference, speed, targets, timing
from benchmarks.peers import CHAIN_ADAPTERS, OURS, SPAN_ADAPTERS, TREE_ADAPTERS, load, load_installed
from benchmarks.problems import FORBIDDEN, Size, random_problem
from benchmarks.workloads import WORKLOADS
from tests import PROJECT_ROOT
from tests.benchmarks.tables import rows

pytestmark = pytest.mark.slow

TINY = Size(5, 5)


@pytest.fixture(scope="module")
def ours():
    return {OURS: load(OURS)}


@pytest.mark.parametrize("workload", WORKLOADS, ids=lambda workload: workload.name)
def test_our_result_is_right_and_gets_a_row(workload, ours):
    cells = list(speed.measure(workload, ours, [TINY], batch=3, rounds=2, seed=1))
    header, row = rows(speed.speed_table(cells))
    assert header == ["size", "skd_plugin, ms"]
    assert row[0] == "n=5, L=5"
    assert float(row[1]) > 0


@pytest.mark.parametrize("workload", WORKLOADS[:3], ids=lambda workload: workload.name)
def test_a_wrong_result_is_noticed(workload, ours):
    problem = random_problem(TINY, seed=1, batch=3)
    result = [torch.as_tensor(array).clone() for array in getattr(ours[OURS], workload.name)(problem)()]
    assert workload.is_right(problem, result)
    result[-1].view(-1)[0] += 0.1
    assert not workload.is_right(problem, result)
    result[-1].view(-1)[0] = float("nan")
    assert not workload.is_right(problem, result)


def test_a_worse_label_sequence_is_noticed(ours):
    decoding, problem = WORKLOADS[3], random_problem(TINY, seed=1, batch=3)
    assert not decoding.is_right(problem, problem.gold)


def test_competitors_are_interleaved_in_the_same_random_order_for_a_seed():
    called: list = []
    steps = {name: lambda name=name: called.append(name) for name in "abc"}
    runs = []
    for _ in range(2):
        seconds = timing.race(steps, rounds=4, seed=3)
        assert {len(times) for times in seconds.values()} == {4}
        runs.append([a for a, b in zip(called, ["", *called]) if a != b][-12:])
        called.clear()
    assert runs[0] == runs[1]


def test_ratios_are_taken_within_a_round():
    assert timing.ratios([2.0, 9.0, 8.0], [1.0, 3.0, 1.0]) == timing.Spread(median=3.0, low=2.0, high=8.0)


def test_targets_are_judged_by_the_fastest_peer_of_each_group(ours):
    peers = {**ours, "slow": ours[OURS], "quick": ours[OURS]}
    spreads = {"slow": timing.Spread(12, 11, 13), "quick": timing.Spread(10, 9, 11)}
    cells = [speed.Cell(Size(25, 9), 1.0, spreads)]
    wanted = [targets.Target(Size(25, 9), "fastest PyTorch peer", 9), targets.Target(Size(25, 9), "slow", 15)]
    assert rows(targets.target_table(wanted, cells, peers))[1:] == [
        ["n=25, L=9", "fastest PyTorch peer", "≥ 9", "**10.0** (9.0–11.0) quick"],
        ["n=25, L=9", "slow", "≥ 15", "**12.0** (11.0–13.0) slow"],
    ]
    assert targets.target_table([targets.Target(Size(400, 9), "slow", 15)], cells, peers) == ""


def test_accuracy_has_a_row_for_each_case_and_stays_below_the_target(ours):
    cases = [accuracy.Case(1.0, bioes=False), accuracy.Case(15.0, bioes=True)]
    errors = list(accuracy.measure(ours, [1, 7], cases, seed=2))
    assert all(measured.emissions < 2e-6 for measured in errors)
    table = rows(accuracy.accuracy_tables(errors).split("\n\n")[1])
    assert [row[0] for row in table] == ["potentials", "scale 1", "scale 15, BIOES transitions forbidden"]
    assert table[0][1:] == ["n=1", "n=7"]


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads the resident set from /proc")
def test_memory_is_measured_in_a_process_of_its_own():
    header, row = rows(memory.memory_table([OURS], [Size(20, 5)], batch=2, seed=1))
    assert header[:2] == ["size", "skd_plugin, MB"]
    assert float(row[1]) >= 0


def test_forbidden_transitions_leave_the_legal_ones():
    chain = random_problem(Size(4, 9), seed=1, batch=1, bioes=True).teacher
    names = ["O", *(f"{tag}-{kind}" for kind in "xy" for tag in "BIES")]
    legal = {(a, b) for a, row in zip(names, chain.transitions != FORBIDDEN) for b, ok in zip(names, row) if ok}
    assert ("B-x", "I-x") in legal and ("I-x", "E-x") in legal and ("E-x", "B-y") in legal and ("O", "S-y") in legal
    assert not legal & {("B-x", "O"), ("B-x", "I-y"), ("O", "E-x"), ("I-x", "B-x"), ("S-x", "I-x")}
    assert [name for name, score in zip(names, chain.start) if score == FORBIDDEN] == ["I-x", "E-x", "I-y", "E-y"]
    assert [name for name, score in zip(names, chain.end) if score == FORBIDDEN] == ["B-x", "I-x", "B-y", "I-y"]


def test_the_reference_agrees_with_enumeration():
    problem = random_problem(Size(3, 2), seed=4, batch=1)
    sequences = torch.cartesian_prod(*[torch.arange(2)] * 3)
    chain = problem.student.double()
    scores = torch.stack([reference.score(chain, labels.unsqueeze(0), problem.mask)[0] for labels in sequences])
    assert torch.allclose(reference.log_partition(chain, problem.mask)[0], scores.logsumexp(0))
    assert torch.allclose(reference.best_score(chain, problem.mask)[0], scores.amax(0))


@pytest.mark.parametrize("adapters", [CHAIN_ADAPTERS, TREE_ADAPTERS, SPAN_ADAPTERS], ids=["chains", "trees", "spans"])
def test_what_is_not_installed_is_named(adapters):
    peers, missing = load_installed(adapters=adapters)
    assert set(peers) | set(missing) == set(adapters)
    assert OURS in peers
    assert all(missing.values())


def test_the_command_prints_and_writes_the_report(tmp_path):
    output = tmp_path / "results.md"
    workloads = ["decoding", "trained_decoding", "segments"]
    chosen = ["--sections", "speed", "--sizes", "5x5", "5", "5k3", "--workloads", *workloads]
    arguments = [*chosen, "--peers", OURS, "--rounds", "1", "--output", str(output)]
    command = [sys.executable, "-m", "benchmarks", *arguments]
    printed = subprocess.run(command, cwd=PROJECT_ROOT, check=True, capture_output=True, text=True).stdout
    chains, others = printed.split("## Dependency trees")
    trees, spans = others.split("## Flat spans")
    assert "| n=5, L=5 |" in chains and "| n=5 " not in chains
    assert "| n=5  |" in trees and "| n=5, L=5 |" not in trees
    assert "| n=5, K=3 |" in spans and "| n=5  |" not in spans
    assert output.read_text(encoding="utf-8") == printed
    assert str(PROJECT_ROOT) not in printed
