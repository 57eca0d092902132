"""Tables of CPU time relative to skd_plugin."""

import statistics
from typing import Any, Hashable, Iterator, Mapping, NamedTuple, Sequence

from benchmarks import timing
from benchmarks.markdown import table
from benchmarks.peers import OURS, Adapter, Unsupported
from benchmarks.timing import Spread
from benchmarks.workload import Step, Workload

WRONG, UNSUPPORTED = "wrong", "–"


class Cell(NamedTuple):
    """One size of one workload: our CPU milliseconds, and for each peer a ratio or a word."""

    size: Hashable
    ours: float
    peers: dict[str, Spread | str]


def measure(
    workload: Workload, peers: Mapping[str, Adapter], sizes: Sequence[Hashable], batch: int, rounds: int, seed: int
) -> Iterator[Cell]:
    """One cell after another; a peer whose result is not right is not timed, one without the method is left out."""
    able = {name: peer for name, peer in peers.items() if hasattr(peer, workload.method)}
    for size in sizes:
        yield _cell(workload, able, workload.problem(size, seed, batch), rounds, seed)


def _cell(workload: Workload, peers: Mapping[str, Adapter], problem: Any, rounds: int, seed: int) -> Cell:
    entries = {name: _prepared(workload, peer, problem) for name, peer in peers.items()}
    steps = {name: entry for name, entry in entries.items() if not isinstance(entry, str)}
    if OURS not in steps:
        raise RuntimeError(f"{OURS} disagrees with the float64 reference on {workload.name}, {problem.size}.")
    seconds = timing.race(steps, rounds, seed)
    others = {
        name: entry if isinstance(entry, str) else timing.ratios(seconds[name], seconds[OURS])
        for name, entry in entries.items()
        if name != OURS
    }
    return Cell(problem.size, 1e3 * statistics.median(seconds[OURS]), others)


def _prepared(workload: Workload, peer: Adapter, problem: Any) -> Step | str:
    """The step to be timed, or the word that stands in its place."""
    try:
        step: Step = getattr(peer, workload.method)(problem)
    except Unsupported:
        return UNSUPPORTED
    return step if workload.is_right(problem, step()) else WRONG


def speed_table(cells: Sequence[Cell]) -> str:
    """Rows are sizes, columns are peers."""
    names = list(cells[0].peers)
    rows = [[str(cell.size), f"{cell.ours:.2f}", *(str(cell.peers[name]) for name in names)] for cell in cells]
    return table(["size", f"{OURS}, ms", *names], rows)


def fastest(cell: Cell, names: Sequence[str]) -> tuple[str, Spread] | None:
    """The peer among these with the smallest ratio."""
    timed = [(name, spread) for name, spread in cell.peers.items() if name in names and isinstance(spread, Spread)]
    return min(timed, key=lambda pair: pair[1].median, default=None)
