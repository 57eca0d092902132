"""Error of the gradient of chain distillation, per sentence and emission, against float64."""

from typing import Iterator, Mapping, NamedTuple, Sequence

import numpy as np

from benchmarks import reference
from benchmarks.markdown import table
from benchmarks.peers import OURS, Peer, Unsupported
from benchmarks.problems import Problem, Size, random_problem

LENGTHS = (1, 2, 5, 25, 100, 400, 1000, 2000)
SCALES = (1.0, 5.0, 15.0, 30.0)
_LABELS = 9
_BATCH = 4


class Case(NamedTuple):
    """Potentials N(0, scale²), with or without forbidden transitions."""

    scale: float
    bioes: bool

    def __str__(self) -> str:
        return f"scale {self.scale:g}{', BIOES transitions forbidden' if self.bioes else ''}"


CASES = tuple(Case(scale, bioes) for bioes in (False, True) for scale in SCALES)


class Measured(NamedTuple):
    """Largest absolute errors of one implementation on one problem."""

    name: str
    case: Case
    n: int
    emissions: float
    transitions: float  # for each transition in the sentences, because the gradient is a count


def measure(peers: Mapping[str, Peer], lengths: Sequence[int], cases: Sequence[Case], seed: int) -> Iterator[Measured]:
    """One implementation, case and length after another; what is unsupported is left out."""
    for n in lengths:
        for case in cases:
            problem = random_problem(Size(n, _LABELS), seed, _BATCH, case.scale, case.bioes)
            expected = reference.distillation(problem)
            for name, peer in peers.items():
                try:
                    result = peer.distillation(problem)()
                except Unsupported:
                    continue
                yield Measured(name, case, n, *_errors(problem, result, expected))


def _errors(problem: Problem, result, expected) -> tuple[float, float]:
    """The loss is a batch mean; a sentence's own gradient is `batch` times larger."""
    emissions, transitions = (
        problem.batch * np.nan_to_num(np.abs(np.asarray(result[index]) - expected[index].numpy()), nan=np.inf).max()
        for index in (1, 2)
    )
    return float(emissions), float(transitions / problem.mask.sum())


def accuracy_tables(rows: Sequence[Measured]) -> str:
    """Our error for every case and length; then the worst over all lengths for each implementation."""
    names, cases = list(dict.fromkeys(row.name for row in rows)), list(dict.fromkeys(row.case for row in rows))
    lengths = sorted({row.n for row in rows})
    ours = [[str(case), *(f"{row.emissions:.0e}" for row in _select(rows, OURS, case))] for case in cases]
    worst = [[str(case), *(_worst(_select(rows, name, case)) for name in names)] for case in cases]
    return "\n\n".join(
        (
            f"{OURS}, emissions:",
            table(["potentials", *(f"n={n}" for n in lengths)], ours),
            f"Worst over all lengths, emissions / transitions (per transition), n ≤ {lengths[-1]}:",
            table(["potentials", *names], worst),
        )
    )


def _select(rows: Sequence[Measured], name: str, case: Case) -> list[Measured]:
    return [row for row in rows if (row.name, row.case) == (name, case)]


def _worst(rows: Sequence[Measured]) -> str:
    if not rows:
        return "–"
    return f"{max(row.emissions for row in rows):.0e} / {max(row.transitions for row in rows):.0e}"
