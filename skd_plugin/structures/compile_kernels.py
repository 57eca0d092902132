"""
Compiles all kernels into numba's cache: `python -m skd_plugin.structures.compile_kernels`.

Run it when an image is built. Otherwise each process compiles what it needs at its first document.
"""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

from skd_plugin.structures import (
    ArcLabels,
    ConstrainedChain,
    Factorization,
    FlatSpans,
    HeadSelection,
    IndependentSpans,
    LinearChain,
    MaxEnt,
    NonProjectiveTree,
    Parsing,
    ProjectiveTree,
    SecondOrder,
    Segments,
    cross_entropy,
    encodings,
    likely_spans,
)

BIOUL = ("I-X", "O", "L-X", "B-X", "U-X")
LENGTHS = (3, 1)
# Scores so far apart that their exponentials are 0, for the kernels that compute with logarithms.
EXTREME = 1e4
PRECISIONS = ((torch.float32, 1.0), (torch.float64, 1.0), (torch.float64, EXTREME))


def compile_kernels() -> None:
    """Asks every factorization for everything that has a kernel, in both precisions."""
    for dtype, scale in PRECISIONS:
        for factorization in factorizations(dtype, scale):
            query(factorization)
    encodings.RelativePos().heads(("0@root", "+1,NOUN@det"), torch.tensor([2]), [["DET", "NOUN"]])


def factorizations(dtype: torch.dtype, scale: float) -> Iterator[Factorization]:
    """One of each kind, with random potentials, for a sentence of three words and one of one word."""
    n, labels, generator = max(LENGTHS), len(BIOUL), torch.Generator().manual_seed(0)
    lengths = torch.tensor(LENGTHS)
    mask = torch.arange(n) < lengths.unsqueeze(1)

    def scores(*shape: int) -> Tensor:
        values = torch.randn(shape, generator=generator, dtype=torch.float64)
        return (scale * values).to(dtype).requires_grad_()

    def of_sentences(*shape: int) -> Tensor:
        return scores(len(LENGTHS), n, *shape)

    yield MaxEnt(of_sentences(labels), mask, BIOUL)
    for chain in (LinearChain, ConstrainedChain):
        yield chain(of_sentences(labels), scores(labels, labels), scores(labels), scores(labels), mask, BIOUL)
    for spans in (FlatSpans, IndependentSpans):
        yield spans(of_sentences(2, 2), mask, ("X", "Y"))
    relations = ("root", "det")
    for trees in (HeadSelection, NonProjectiveTree, ProjectiveTree):
        yield trees(of_sentences(n + 1), of_sentences(n + 1, 2), mask, relations)
    second_order = of_sentences(n + 1, n), of_sentences(n + 1, n + 1)
    yield SecondOrder(of_sentences(n + 1), *second_order, of_sentences(n + 1, 2), mask, relations)
    arc_labels = tuple(f"{place}@{name}" for place in ("0", "+1", "+2", "-1", "-2") for name in relations)
    heads = encodings.RelativeOffset().heads(arc_labels, lengths)
    relation_of = torch.tensor([0, 1] * 5)
    yield ArcLabels(of_sentences(len(arc_labels)), heads, relation_of, mask, relations)


def query(factorization: Factorization) -> None:
    """Asks for everything that needs a kernel."""
    cross_entropy(factorization, factorization, "renormalize").sum().backward()
    factorization.n_best(2)
    factorization.choices  # noqa: B018
    best = factorization.argmax
    if isinstance(factorization, Parsing):
        factorization.arc_probabilities(best)
    else:
        words = factorization.mask.long()
        if isinstance(factorization, ConstrainedChain):
            factorization.spans  # noqa: B018
        factorization.span_probabilities(Segments(widths=words, types=0 * words))  # type: ignore[attr-defined]
        likely_spans(factorization, threshold=0.1)
        factorization.expected_spans  # type: ignore[attr-defined]  # noqa: B018


if __name__ == "__main__":
    compile_kernels()
