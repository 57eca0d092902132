"""Random batches of every class of distributions, which can be built in any precision."""

from typing import Any, Callable, Dict, List, NamedTuple, Tuple, Type

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
    ProjectiveTree,
    SecondOrder,
    bioul,
    encodings,
)

BATCH = 100
WORDS = 10
WIDTH = 3
TYPES, RELATIONS = ("X", "Y"), ("subj", "root")
TAGS = bioul.tags(TYPES)
ARC_LABELS = tuple(f"{position}@{name}" for name in RELATIONS for position in ("-2", "-1", "+1", "+2", "0"))

Shapes = Dict[str, Tuple[int, ...]]


class Kind(NamedTuple):
    """A class, the shapes of its potentials for a number of words, and its other arguments for a mask."""

    factorization: Type[Factorization]
    shapes: Callable[[int], Shapes]
    arguments: Callable[[Tensor], Dict[str, Any]]

    @property
    def name(self) -> str:
        return self.factorization.__name__


class Sample(NamedTuple):
    """Potentials in float32, of a batch that has not been built yet."""

    kind: Kind
    potentials: Dict[str, Tensor]
    mask: Tensor

    def build(self, dtype: torch.dtype) -> Tuple[Factorization, List[Tensor]]:
        """The distributions, and the leaves that receive their gradients."""
        leaves = {name: value.to(dtype).requires_grad_() for name, value in self.potentials.items()}
        arguments = self.kind.arguments(self.mask)
        return self.kind.factorization(**leaves, mask=self.mask, **arguments), list(leaves.values())


def random_mask(generator: torch.Generator) -> Tensor:
    lengths = torch.randint(1, WORDS + 1, (BATCH,), generator=generator)
    return torch.arange(int(lengths.max())) < lengths.unsqueeze(1)


def random_sample(kind: Kind, mask: Tensor, scale: float, generator: torch.Generator) -> Sample:
    shapes = kind.shapes(mask.shape[1])
    potentials = {name: scale * torch.randn(shape, generator=generator) for name, shape in shapes.items()}
    return Sample(kind, potentials, mask)


def _chain(n: int, size: int = len(TAGS)) -> Shapes:
    return {"emissions": (BATCH, n, size), "transitions": (size, size), "start": (size,), "end": (size,)}


def _plain_chain(size: int) -> Kind:
    """Linear chains of labels that are no tags of entities."""
    labels = tuple(map(str, range(size)))
    return Kind(LinearChain, lambda n: _chain(n, size), lambda mask: {"labels": labels})


def _spans(n: int) -> Shapes:
    return {"scores": (BATCH, n, WIDTH, len(TYPES))}


def _arcs(n: int) -> Shapes:
    return {"arcs": (BATCH, n, n + 1), "relations": (BATCH, n, n + 1, len(RELATIONS))}


def _second_order(n: int) -> Shapes:
    return {**_arcs(n), "siblings": (BATCH, n, n + 1, n), "grandparents": (BATCH, n, n + 1, n + 1)}


def _denoted_arcs(mask: Tensor) -> Dict[str, Any]:
    heads = encodings.encoding("relative_offset").heads(ARC_LABELS, lengths=mask.sum(1))
    relation_of = torch.tensor([RELATIONS.index(encodings.relation(label)) for label in ARC_LABELS])
    return {"heads": heads, "relation_of": relation_of, "labels": RELATIONS}


CHAINS = tuple(_plain_chain(size) for size in (2, 3, 5, 9))
LABELINGS_AND_SPANS = (
    Kind(LinearChain, _chain, lambda mask: {"labels": TAGS}),
    Kind(ConstrainedChain, _chain, lambda mask: {"labels": TAGS, "max_width": WIDTH}),
    Kind(MaxEnt, lambda n: {"scores": (BATCH, n, len(TAGS))}, lambda mask: {"labels": TAGS}),
    Kind(FlatSpans, _spans, lambda mask: {"labels": TYPES}),
    Kind(IndependentSpans, _spans, lambda mask: {"labels": TYPES}),
)
PARSERS = (
    *(
        Kind(factorization, _arcs, lambda mask: {"labels": RELATIONS})
        for factorization in (HeadSelection, NonProjectiveTree, ProjectiveTree)
    ),
    Kind(SecondOrder, _second_order, lambda mask: {"labels": RELATIONS}),
    Kind(ArcLabels, lambda n: {"scores": (BATCH, n, len(ARC_LABELS))}, _denoted_arcs),
)
