"""Error of the marginals of spans, and of case 4, against float64; also of long sentences and large scores."""

from typing import Any, Iterator, Mapping, Sequence

from torch import Tensor

from benchmarks import span_reference
from benchmarks.markdown import table
from benchmarks.peers import Adapter, Unsupported
from benchmarks.span_problems import Extent, SpanProblem, random_spans
from benchmarks.span_workloads import comparable

SCALES = (1.0, 10.0, 30.0)
LENGTHS = (25, 50, 100, 200)
_BATCH = 4


def accuracy_table(peers: Mapping[str, Adapter], scales: Sequence[float], lengths: Sequence[int], seed: int) -> str:
    """Largest errors; rows are scales of the scores and lengths, columns are implementations."""
    rows = [
        [f"scale {scale:g}", f"n={n}", *_cells(peers, random_spans(Extent(n, n), seed, _BATCH, scale))]
        for scale in scales
        for n in lengths
    ]
    return table(["scores", "size", *peers], rows)


def _cells(peers: Mapping[str, Adapter], problem: SpanProblem) -> Iterator[str]:
    """The loss is a batch mean; a sentence's own gradient is `batch` times larger."""
    _, marginals = span_reference.segments(problem)
    _, gradient = span_reference.tagging_step(problem)
    for peer in peers.values():
        of_marginals = _error(peer, "segments", problem, marginals, 1)
        yield f"{of_marginals} / {_error(peer, 'tagging_step', problem, gradient, _BATCH)}"


def _error(peer: Any, method: str, problem: SpanProblem, expected: Tensor, factor: int) -> str:
    """Of the second array of the result; a dash where there is none."""
    if not hasattr(peer, method):
        return "–"
    try:
        found = comparable(problem, getattr(peer, method)(problem)())[1]
    except Unsupported:
        return "–"
    return f"{factor * (found - expected).abs().max().item():.0e}"
