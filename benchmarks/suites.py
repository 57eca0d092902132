"""What the report has on each kind of structure."""

import argparse
from typing import Callable, Iterator, Mapping, NamedTuple, Sequence

from benchmarks import accuracy, memory, span_accuracy, span_workloads, tree_accuracy, tree_workloads, workloads
from benchmarks.peers import CHAIN_ADAPTERS, SPAN_ADAPTERS, TREE_ADAPTERS, Adapter
from benchmarks.targets import CHAIN_TARGETS, SPAN_TARGETS, TREE_TARGETS, Target
from benchmarks.workload import Workload

Section = Callable[[argparse.Namespace, Mapping[str, Adapter]], Iterator[str]]  # Markdown, piece by piece


class Suite(NamedTuple):
    """Workloads of one kind of structure, the adapters that can do them, and sections on other things than time."""

    title: str
    adapters: Mapping[str, str]
    workloads: Sequence[Workload]
    targets: Mapping[str, Sequence[Target]]
    sections: Mapping[str, Section]


def _accuracy(options: argparse.Namespace, peers: Mapping[str, Adapter]) -> Iterator[str]:
    yield "### Error of the gradient of chain distillation against float64"
    rows = list(accuracy.measure(peers, accuracy.LENGTHS, accuracy.CASES, options.seed))
    yield accuracy.accuracy_tables(rows)


def _memory(options: argparse.Namespace, peers: Mapping[str, Adapter]) -> Iterator[str]:
    yield "### Memory"
    yield "Growth of the resident set during one step of chain distillation, in a process of its own."
    yield memory.memory_table(list(peers), memory.SIZES, options.batch, options.seed)


def _tree_accuracy(options: argparse.Namespace, peers: Mapping[str, Adapter]) -> Iterator[str]:
    yield "### Error against float64"
    yield "Largest error of P(h → i) / of the gradient of distillation to s(h → i) of a student's sentence."
    for kind in tree_accuracy.KINDS:
        yield f"{kind.title}:"
        yield tree_accuracy.accuracy_table(kind, peers, tree_accuracy.CASES, options.seed)


def _span_accuracy(options: argparse.Namespace, peers: Mapping[str, Adapter]) -> Iterator[str]:
    yield "### Error against float64"
    yield "Largest error of P(i, j, t) / of the gradient of case 4 to a score of a tag of a student's sentence, K = n."
    yield span_accuracy.accuracy_table(peers, span_accuracy.SCALES, span_accuracy.LENGTHS, options.seed)


SUITES = {
    "chains": Suite(
        "Linear chains",
        CHAIN_ADAPTERS,
        workloads.WORKLOADS,
        CHAIN_TARGETS,
        {"accuracy": _accuracy, "memory": _memory},
    ),
    "trees": Suite(
        "Dependency trees",
        TREE_ADAPTERS,
        tree_workloads.WORKLOADS,
        TREE_TARGETS,
        {"accuracy": _tree_accuracy},
    ),
    "spans": Suite(
        "Flat spans",
        SPAN_ADAPTERS,
        span_workloads.WORKLOADS,
        SPAN_TARGETS,
        {"accuracy": _span_accuracy},
    ),
}
