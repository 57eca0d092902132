"""The report: every section is printed as soon as it is measured."""

import argparse
import shlex
import sys
from typing import Hashable, Iterator, Mapping, Sequence

from benchmarks import machine, speed, targets
from benchmarks.markdown import wrapped
from benchmarks.peers import NAMES, OURS, Adapter, load_installed
from benchmarks.problems import Size
from benchmarks.span_problems import Extent
from benchmarks.suites import SUITES, Suite
from benchmarks.tree_problems import Words
from benchmarks.workload import Workload

SECTIONS = ("speed", "accuracy", "memory")

_HOW_TO_READ = """CPU seconds of a peer divided by CPU seconds of skd_plugin **in the same round**: **median**
(smallest–largest) of {rounds} rounds, so above 1 the peer is slower. Competitors run in random order in one process;
batch {batch}, float32, lengths uniform in [n/2, n], potentials N(0, 1), seed {seed}. Every result is compared with a
float64 reference before it is timed. `–`: not feasible (gigabytes for one step); `wrong`: too far from the reference,
so not timed."""


def parser() -> argparse.ArgumentParser:
    """What can be chosen on the command line."""
    names = dict.fromkeys(workload.name for suite in SUITES.values() for workload in suite.workloads)
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--structures", nargs="+", choices=SUITES, default=list(SUITES))
    parser.add_argument("--sections", nargs="+", choices=SECTIONS, default=SECTIONS)
    parser.add_argument("--workloads", nargs="+", choices=names, help="default: all")
    parser.add_argument(
        "--sizes", nargs="+", type=_size, help="such as 25x9 400x37 of chains, 25 100 of trees, 25k10 of spans"
    )
    parser.add_argument("--peers", nargs="+", choices=NAMES, default=NAMES)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--output", type=argparse.FileType("w"), help="Markdown file to write")
    return parser


def _size(text: str) -> Hashable:
    kind = Size if "x" in text else Extent if "k" in text else Words
    return kind.parse(text)


def sections(options: argparse.Namespace) -> Iterator[str]:
    """Markdown, piece by piece."""
    for suite in (SUITES[structure] for structure in options.structures):
        peers, missing = load_installed((OURS, *options.peers), suite.adapters)
        yield f"## {suite.title}"
        yield f"`python -m benchmarks {shlex.join(sys.argv[1:])}`".replace(" `", "`")
        yield machine.description(peers)
        if missing:
            yield (
                "Not installed, so not measured: " + "; ".join(f"{name} ({why})" for name, why in missing.items()) + "."
            )
        if "speed" in options.sections:
            yield from _speed(suite, options, peers)
        for name, section in suite.sections.items():
            if name in options.sections:
                yield from section(options, peers)


def _speed(suite: Suite, options: argparse.Namespace, peers: Mapping[str, Adapter]) -> Iterator[str]:
    yield "### CPU time"
    yield _HOW_TO_READ.format(rounds=options.rounds, batch=options.batch, seed=options.seed)
    for workload in suite.workloads:
        sizes = _sizes(workload, options.sizes)
        if sizes and (options.workloads is None or workload.name in options.workloads):
            yield f"#### {workload.title}"
            yield from filter(None, [workload.note])
            cells = list(speed.measure(workload, peers, sizes, options.batch, options.rounds, options.seed))
            yield speed.speed_table(cells)
            yield from filter(None, [targets.target_table(suite.targets.get(workload.name, ()), cells, peers)])


def _sizes(workload: Workload, chosen: Sequence[Hashable] | None) -> Sequence[Hashable]:
    """Its own, or those that were chosen and are of its kind."""
    return workload.sizes if chosen is None else [size for size in chosen if type(size) is type(workload.sizes[0])]


def main() -> None:
    """Print the report, and write it to a file when one is named."""
    options = parser().parse_args()
    for section in map(wrapped, sections(options)):
        print(section, end="\n\n", flush=True)
        if options.output:
            print(section, end="\n\n", file=options.output, flush=True)
