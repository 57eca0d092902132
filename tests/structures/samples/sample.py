"""Random factorizations kept as named potentials, so that a test can rebuild, cut, permute and enumerate them."""

from dataclasses import dataclass, field, replace
from typing import Any, Callable, Dict, List, Optional, Sequence, Tuple, Type, Union

import numpy as np
import torch
from torch import Tensor

from skd_plugin.structures import (
    ArcLabels,
    ConstrainedChain,
    Factorization,
    HeadSelection,
    Parsing,
    SecondOrder,
    Segments,
    Tree,
)
from skd_plugin.structures.spans.span_factored import SpanFactored
from tests.structures.oracles.brute_force import Enumerated
from tests.structures.oracles.parses import mean_field_of
from tests.structures.oracles.spans import spans_of, tags_of
from tests.structures.samples.arc_tables import COMPLETE, arc_tables
from tests.structures.samples.ignored import ignored
from tests.structures.samples.kinds import ENUMERATORS, TABLES, Axes, axes_of

PLAIN = ("noun", "verb", "det", "adj", "adv")
BIOUL = ("I-X", "O", "L-X", "B-X", "U-X")
RELATIONS = ("subj", "root")
TYPES = ("X", "Y")
TAGS = ("L-Y", "I-X", "O", "U-Y", "L-X", "B-X", "I-Y", "U-X", "B-Y")
LENGTHS = (4, 1, 3)


@dataclass(frozen=True)
class Sample:
    """A batch of distributions before any of the package's code has seen it."""

    kind: Type[Factorization]
    potentials: Dict[str, Tensor]
    mask: Tensor
    labels: Tuple[str, ...]
    tables: Dict[str, Tensor] = field(default_factory=dict)
    settings: Dict[str, Any] = field(default_factory=dict)

    def build(self, **changes: Any) -> Any:
        absent = dict.fromkeys(axes_of(self.kind))
        others = {**self.tables, **self.settings, "mask": self.mask, "labels": self.labels}
        return self.kind(**{**absent, **self.potentials, **others, **changes})

    @property
    def lengths(self) -> List[int]:
        return self.mask.sum(1).tolist()

    @property
    def axes(self) -> Axes:
        axes = {**axes_of(self.kind), **TABLES.get(self.kind, {})}
        return {name: axes[name] for name in (*self.potentials, *self.tables)}

    def map(self, change: Callable[[Tensor], Tensor]) -> "Sample":
        return replace(self, potentials={name: change(value) for name, value in self.potentials.items()})

    def leaves(self) -> "Sample":
        return self.map(lambda value: value.detach().clone().requires_grad_())

    def tempered(self, temperature: float) -> "Sample":
        return self.as_teacher().map(lambda value: value / temperature)

    def as_teacher(self) -> "Sample":
        """The sample whose potentials `tempered` divides: for second order, that of the posterior Q of mean field."""
        if self.kind is not SecondOrder:
            return self
        arcs = torch.zeros_like(self.potentials["arcs"])
        for row, sentence, n in zip(arcs, self.sentences(), self.lengths):
            row[:n, : n + 1] = torch.from_numpy(mean_field_of(sentence.arrays()))
        relations = {name: value for name, value in self.potentials.items() if name == "relations"}
        return replace(self, kind=HeadSelection, potentials={"arcs": arcs, **relations})

    def padded_with(self, value: float) -> "Sample":
        """Replaces all entries that are ignored by `value`, which does not change the distributions."""
        filled = {name: potential.masked_fill(self.ignored(name), value) for name, potential in self.potentials.items()}
        return replace(self, potentials=filled)

    def ignored(self, name: str) -> Tensor:
        """Which entries of a potential must have no effect, for arc labels also those that denote no arc."""
        entries = ignored(self.axes[name], self.potentials[name].shape, self.lengths)
        return entries | (self.tables["heads"] < 0) if "place" in self.axes[name] else entries

    def sentence(self, index: int) -> "Sample":
        """One sentence, without padding."""
        n = self.lengths[index]
        kept = {"batch": slice(index, index + 1), "n": slice(n), "head": slice(n + 1), "width": slice(n)}
        tensors = {**self.potentials, **self.tables}
        cut = {name: value[tuple(kept.get(a, slice(None)) for a in self.axes[name])] for name, value in tensors.items()}
        tables = {name: cut.pop(name) for name in self.tables}
        return replace(self, potentials=cut, tables=tables, mask=self.mask[index : index + 1, :n])

    def sentences(self) -> List["Sample"]:
        return [self.sentence(index) for index in range(len(self.mask))]

    def permuted(self, order: Sequence[int]) -> "Sample":
        """Permutes the labels without changing the distributions: label k moves to the position of k in `order`."""
        moved, tables = dict(self.potentials), dict(self.tables)
        for name in moved:
            for axis in (axis for axis, meaning in enumerate(self.axes[name]) if meaning == "label"):
                moved[name] = moved[name].index_select(axis, torch.tensor(order))
        if "relation_of" in tables:
            tables["relation_of"] = torch.tensor(order).argsort()[tables["relation_of"]]
        return replace(self, potentials=moved, tables=tables, labels=tuple(self.labels[k] for k in order))

    def structure(self, rows: Sequence[Sequence[int]]) -> Union[Tensor, Tree, Segments]:
        """Converts one enumerated structure per sentence to what the factorization returns and accepts."""
        if issubclass(self.kind, SpanFactored):
            return self._segments(rows)
        ids = torch.zeros_like(self.mask, dtype=torch.long)
        for padded, row in zip(ids, rows):
            padded[: len(row)] = torch.as_tensor(row)
        if not issubclass(self.kind, Parsing):
            return ids
        size = max(1, len(self.labels))
        return Tree(ids // size, ids % size if self.labels else None)

    def _segments(self, rows: Sequence[Sequence[int]]) -> Segments:
        widths, types = torch.zeros(2, *self.mask.shape, dtype=torch.long)
        for b, row in enumerate(rows):
            for first, words, kind in spans_of([tags_of(self.labels)[y] for y in row]):
                widths[b, first], types[b, first] = words, self.labels.index(kind)
        return Segments(widths, types)

    def arrays(self) -> Dict[str, np.ndarray]:
        """The potentials and tables of a batch of one, without the batch axis."""
        tensors = {**self.potentials, **self.tables}
        alone = {name: value[0] if "batch" in self.axes[name] else value for name, value in tensors.items()}
        return {name: value.detach().numpy() for name, value in alone.items()}

    def enumerate(self) -> List[Enumerated]:
        return [ENUMERATORS[self.kind](one.arrays(), self.labels, **self.settings) for one in self.sentences()]


def random_sample(
    kind: Type[Factorization],
    seed: int,
    lengths: Sequence[int] = LENGTHS,
    labels: Optional[Tuple[str, ...]] = None,
    scale: float = 2.0,
    reach: int = 2,
) -> Sample:
    """`reach` is the maximal width of spans and, for arc labels, that of `arc_tables.vocabulary`."""
    labels = default_labels(kind) if labels is None else labels
    tables = arc_tables(labels, lengths, reach) if kind is ArcLabels else {}
    n, places = max(lengths), len(tables.get("relation_of", ()))
    width = n if reach >= COMPLETE else reach
    sizes = {"batch": len(lengths), "n": n, "head": n + 1, "label": len(labels), "place": places, "width": width}
    generator = torch.Generator().manual_seed(seed)
    potentials = {
        name: scale * torch.randn([sizes[axis] for axis in axes], generator=generator, dtype=torch.float64)
        for name, axes in axes_of(kind).items()
        if labels or "label" not in axes
    }
    mask = torch.arange(n) < torch.tensor(lengths).unsqueeze(1)
    settings = {"max_width": None if reach >= COMPLETE else reach} if kind is ConstrainedChain else {}
    return Sample(kind, potentials, mask, labels, tables, settings)


def default_labels(kind: Type[Factorization]) -> Tuple[str, ...]:
    if issubclass(kind, SpanFactored):
        return TYPES
    if kind is ConstrainedChain:
        return ("O", "B-X", "L-X", "U-X", "I-X")
    return RELATIONS if issubclass(kind, Parsing) else PLAIN[:4]


def close(actual: Any, expected: Any, tolerance: float = 1e-10) -> None:
    """Asserts that two numbers, arrays or tensors agree in shape and value; NaN agrees with nothing."""
    np.testing.assert_allclose(
        np.asarray(actual), np.asarray(expected), rtol=tolerance, atol=tolerance, equal_nan=False
    )
    assert np.shape(actual) == np.shape(expected)
