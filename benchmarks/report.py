"""The report: every section is printed as soon as it is measured."""

import argparse
import shlex
import sys
from typing import Iterator

from benchmarks import accuracy, machine, memory, speed, targets
from benchmarks.peers import NAMES, OURS, load_installed
from benchmarks.problems import Size
from benchmarks.workloads import WORKLOADS

_HOW_TO_READ = """CPU seconds of a peer divided by CPU seconds of skd_plugin **in the same round**: **median**
(smallest–largest) of {rounds} rounds, so above 1 the peer is slower. Competitors run in random order in one process;
batch {batch}, float32, lengths uniform in [n/2, n], potentials N(0, 1), seed {seed}. Every result is compared with a
float64 reference before it is timed. `–`: not feasible (gigabytes for one step); `wrong`: too far from the reference,
so not timed."""


def parser() -> argparse.ArgumentParser:
    """What can be chosen on the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--sections", nargs="+", choices=SECTIONS, default=list(SECTIONS))
    parser.add_argument("--workloads", nargs="+", choices=[w.name for w in WORKLOADS], help="default: all")
    parser.add_argument("--sizes", nargs="+", type=Size.parse, default=speed.SIZES, help="such as 25x9 400x37")
    parser.add_argument("--peers", nargs="+", choices=NAMES, default=NAMES)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--output", type=argparse.FileType("w"), help="Markdown file to write")
    return parser


def sections(options: argparse.Namespace) -> Iterator[str]:
    """Markdown, piece by piece."""
    peers, missing = load_installed(tuple(dict.fromkeys((OURS, *options.peers))))
    yield "# Benchmarks"
    yield f"`python -m benchmarks {shlex.join(sys.argv[1:])}`".replace(" `", "`")
    yield machine.description(peers)
    if missing:
        yield "Not installed, so not measured: " + "; ".join(f"{name} ({why})" for name, why in missing.items()) + "."
    for name in options.sections:
        yield from SECTIONS[name](options, peers)


def _speed(options: argparse.Namespace, peers) -> Iterator[str]:
    yield "## CPU time"
    yield _HOW_TO_READ.format(rounds=options.rounds, batch=options.batch, seed=options.seed)
    for workload in WORKLOADS:
        if options.workloads is None or workload.name in options.workloads:
            cells = list(speed.measure(workload, peers, options.sizes, options.batch, options.rounds, options.seed))
            yield f"### {workload.title}"
            yield speed.speed_table(cells)
            if workload.name == "distillation":
                yield targets.target_table(cells, peers)


def _accuracy(options: argparse.Namespace, peers) -> Iterator[str]:
    yield "## Error of the gradient of chain distillation against float64"
    rows = list(accuracy.measure(peers, accuracy.LENGTHS, accuracy.CASES, options.seed))
    yield accuracy.accuracy_tables(rows)


def _memory(options: argparse.Namespace, peers) -> Iterator[str]:
    yield "## Memory"
    yield "Growth of the resident set during one step of chain distillation, in a process of its own."
    yield memory.memory_table(list(peers), memory.SIZES, options.batch, options.seed)


SECTIONS = {"speed": _speed, "accuracy": _accuracy, "memory": _memory}


def main() -> None:
    """Print the report, and write it to a file when one is named."""
    options = parser().parse_args()
    for section in sections(options):
        print(section, end="\n\n", flush=True)
        if options.output:
            print(section, end="\n\n", file=options.output, flush=True)
