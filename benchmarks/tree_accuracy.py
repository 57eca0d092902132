"""Error of the marginals of trees, and of the gradient of distillation, against float64; also of large potentials."""

from typing import Any, Iterator, Mapping, NamedTuple, Sequence

import numpy as np
from torch import Tensor

from benchmarks import tree_reference
from benchmarks.markdown import table
from benchmarks.peers import Adapter
from benchmarks.tree_problems import TreeProblem, Words, random_trees

_BATCH = 4


class Case(NamedTuple):
    """Potentials N(0, scale²), to which each word adds or from which it takes `offset`: which changes no marginal."""

    scale: float
    offset: float

    def __str__(self) -> str:
        return f"scale {self.scale:g}{f', offsets ±{self.offset:g}' if self.offset else ''}"


CASES = (Case(1, 0), Case(1, 50), Case(1, 200), Case(15, 0), Case(15, 200))


class Kind(NamedTuple):
    """A kind of trees: what the adapters' methods begin with, the reference, and the sizes."""

    method: str
    title: str
    log_partition: tree_reference.LogPartition
    sizes: Sequence[Words]


KINDS = (
    Kind("non_projective", "Non-projective trees", tree_reference.non_projective, (Words(25), Words(50), Words(100))),
    Kind("projective", "Projective trees", tree_reference.projective, (Words(25), Words(50))),
)


def accuracy_table(kind: Kind, peers: Mapping[str, Adapter], cases: Sequence[Case], seed: int) -> str:
    """Largest errors; rows are cases and sizes, columns are implementations."""
    able = {name: peer for name, peer in peers.items() if hasattr(peer, kind.method)}
    rows = [
        [str(case), str(size), *_cells(kind, able, random_trees(size, seed, _BATCH, *case))]
        for case in cases
        for size in kind.sizes
    ]
    return table(["potentials", "size", *able], rows)


def _cells(kind: Kind, peers: Mapping[str, Adapter], problem: TreeProblem) -> Iterator[str]:
    """The loss is a batch mean; a sentence's own gradient is `batch` times larger."""
    _, marginals = tree_reference.marginals(kind.log_partition, problem)
    _, gradient = tree_reference.distillation(kind.log_partition, problem)
    for peer in peers.values():
        # The marginals that a library has of its own, where they are better than the faster gradient of log Z.
        inference = getattr(peer, f"{kind.method}_marginals", getattr(peer, kind.method))
        of_marginals = _error(problem, inference(problem)()[1], marginals)
        of_gradient = _BATCH * _error(problem, getattr(peer, f"{kind.method}_step")(problem)()[1], gradient)
        yield f"{of_marginals:.0e} / {of_gradient:.0e}"


def _error(problem: TreeProblem, found: Any, expected: Tensor) -> float:
    """Among arcs that there can be; `nan` if any of them is no number."""
    return float(np.abs(np.asarray(found) - expected.numpy())[problem.legal.numpy()].max())
