"""The benchmarks of spans: every implementation that is installed is right, the judges notice what is not."""

import pytest
import torch

from benchmarks import span_accuracy, speed
from benchmarks.peers import OURS, SPAN_ADAPTERS, Unsupported, load, load_installed
from benchmarks.report import parser
from benchmarks.span_problems import ByLast, Extent, random_spans
from benchmarks.span_workloads import WORKLOADS
from tests.benchmarks.tables import rows
from tests.benchmarks.wrong_results import check_a_wrong_number_is_noticed

TINY = Extent(5, 3)

every_workload = pytest.mark.parametrize("workload", WORKLOADS, ids=lambda workload: workload.name)


@pytest.fixture(scope="module")
def ours():
    return {OURS: load(OURS, SPAN_ADAPTERS)}


@every_workload
def test_our_result_is_right_and_gets_a_row(workload, ours):
    cells = list(speed.measure(workload, ours, [TINY], batch=3, rounds=2, seed=1))
    header, row = rows(speed.speed_table(cells))
    assert header == ["size", "skd_plugin, ms"]
    assert row[0] == "n=5, K=3"
    assert float(row[1]) > 0


@every_workload
@pytest.mark.parametrize("size", [TINY, Extent(6, 6), Extent(1, 1)], ids=str)
@pytest.mark.filterwarnings("ignore")  # of the other libraries
def test_the_result_of_every_library_that_is_installed_is_right(workload, size):
    problem = workload.problem(size, 1, 3)
    able = [peer for peer in load_installed(adapters=SPAN_ADAPTERS)[0].values() if hasattr(peer, workload.method)]
    wrong = [peer.name for peer in able if not workload.is_right(problem, getattr(peer, workload.method)(problem)())]
    assert not wrong


@every_workload
def test_a_wrong_result_is_noticed(workload, ours):
    problem = workload.problem(TINY, 1, 3)
    check_a_wrong_number_is_noticed(workload, problem, getattr(ours[OURS], workload.method)(problem))


def test_what_is_found_by_last_words_is_judged_by_widths(ours):
    segments, problem = WORKLOADS[0], random_spans(Extent(4, 4), seed=1, batch=2)
    log_z, spans = ours[OURS].segments(problem)()
    transposed = torch.zeros(2, 4, 4, spans.shape[3])
    for first in range(4):
        transposed[:, first, first:] = spans[:, first, : 4 - first]
    assert segments.is_right(problem, (log_z, ByLast(transposed)))
    assert not segments.is_right(problem, (log_z, transposed))


@pytest.mark.filterwarnings("ignore")
def test_a_library_that_would_need_gigabytes_is_not_run():
    pytest.importorskip("torch_struct")
    peer = load("torch-struct", SPAN_ADAPTERS)
    with pytest.raises(Unsupported):
        peer.segments(random_spans(Extent(50, 50), seed=1))


def test_sizes_are_chosen_by_their_letter():
    sizes = parser().parse_args(["--sizes", "25k10", "25", "25x9"]).sizes
    assert sizes[0] == Extent(25, 10)
    assert [str(size) for size in sizes] == ["n=25, K=10", "n=25", "n=25, L=9"]


def test_accuracy_has_a_row_for_each_scale_and_length_and_stays_below_the_target(ours):
    header, *found = rows(span_accuracy.accuracy_table(ours, [1.0, 30.0], [5, 9], seed=2))
    assert header == ["scores", "size", "skd_plugin"]
    assert [row[:2] for row in found] == [[scale, n] for scale in ("scale 1", "scale 30") for n in ("n=5", "n=9")]
    assert all(float(error) < 1e-6 for row in found for error in row[2].split(" / "))
