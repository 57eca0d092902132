"""Random n-best lists as teachers, with the enumeration that specifies them."""

from dataclasses import dataclass
from typing import Any, Dict, List, Sequence, Tuple, Type

import numpy as np
import torch

from skd_plugin.structures import (
    FORBIDDEN,
    Factorization,
    Parsing,
    WeightedSequences,
    WeightedSpans,
    WeightedStructures,
    WeightedTrees,
)
from tests.structures.oracles.brute_force import Enumerated, is_well_formed
from tests.structures.oracles.parses import EnumeratedParses, arc_labels
from tests.structures.oracles.spans import spans_of, tags_of
from tests.structures.samples.sample import RELATIONS, TAGS, TYPES, Sample

# More than any student has.
MORE_RELATIONS = (*RELATIONS, "other")

_LABELS = {WeightedSequences: TAGS, WeightedSpans: TYPES, WeightedTrees: MORE_RELATIONS}

Name = Tuple[str, ...]


@dataclass(frozen=True)
class WeightedList:
    """For each sentence some structures by their names, with their weights. The ranks that some lack do not exist."""

    kind: Type[WeightedStructures]
    labels: Tuple[str, ...]
    sentences: List[List[Tuple[float, Name]]]

    def build(self, **changes: Any) -> Any:
        lengths = [len(names[0][1]) for names in self.sentences]
        k, n = max(map(len, self.sentences)), max(lengths)
        weights = torch.full((len(lengths), k), FORBIDDEN, dtype=torch.float64)
        tensors = {name: torch.zeros(len(lengths), n, k, dtype=torch.long) for name in self.kind.structure_names}
        for b, names in enumerate(self.sentences):
            for r, (weight, name) in enumerate(names):
                weights[b, r] = np.log(weight)
                for part, row in self._ids(name).items():
                    tensors[part][b, : len(row), r] = torch.tensor(row)
        mask = torch.arange(n) < torch.tensor(lengths).unsqueeze(1)
        if self.kind is WeightedTrees and not self.labels:
            tensors["relations"] = None
        return self.kind(**{"weights": weights, **tensors, "mask": mask, "labels": self.labels, **changes})

    def enumerate(self) -> List[Enumerated]:
        return [self._enumerated(names) for names in self.sentences]

    def tempered(self, temperature: float) -> "WeightedList":
        """P(y)^{1/T} of the structures, equal ones added up before."""
        sentences = [[(p ** (1 / temperature), name) for name, p in _added(names).items()] for names in self.sentences]
        return WeightedList(self.kind, self.labels, sentences)

    def _ids(self, name: Name) -> Dict[str, List[int]]:
        if self.kind is WeightedSequences:
            return {"ids": [self.labels.index(label) for label in name]}
        if self.kind is WeightedTrees:
            arcs = [arc.split("@") for arc in name]
            heads = [int(head) for head, _ in arcs]
            relations = [self.labels.index(relation) for _, relation in arcs] if self.labels else []
            return {"heads": heads, "relations": relations} if self.labels else {"heads": heads}
        widths, types = [0] * len(name), [0] * len(name)
        for first, words, kind in spans_of(name):
            widths[first], types[first] = words, self.labels.index(kind)
        return {"widths": widths, "types": types}

    def _enumerated(self, names: Sequence[Tuple[float, Name]]) -> Enumerated:
        added = _added(names)
        n = len(names[0][1])
        is_tree = self.kind is WeightedTrees
        labels = arc_labels(n, self.labels) if is_tree else self.labels
        if self.kind is WeightedSpans:
            labels = tags_of(self.labels)
        structures = np.array([[labels.index(label) for label in name] for name in added])
        scores = np.log(list(added.values()))
        if is_tree:
            return EnumeratedParses(labels, structures, scores, self.labels)
        return Enumerated(labels, structures, scores)


def _added(names: Sequence[Tuple[float, Name]]) -> Dict[Name, float]:
    total: Dict[Name, float] = {}
    for weight, name in names:
        total[name] = total.get(name, 0.0) + weight
    return total


def random_list(kind: Type[WeightedStructures], student: Sample, seed: int) -> WeightedList:
    """Structures of the student, of which one is there twice, and others, of which it may lack some."""
    generator = np.random.default_rng(seed)
    labels = _LABELS[kind]
    sentences = []
    for n, enumerated in zip(student.lengths, student.enumerate()):
        own = [_as_list_has_it(name, labels, generator) for name in _names(kind, enumerated)]
        chosen = [own[index] for index in generator.integers(len(own), size=generator.integers(1, 4))]
        others = [_any_name(kind, labels, n, generator) for _ in range(generator.integers(0, 3))]
        names = [*chosen, *others, chosen[0]]
        generator.shuffle(names)
        sentences.append([(float(generator.uniform(0.1, 1)), tuple(name)) for name in names])
    return WeightedList(kind, labels, sentences)


def _names(kind: Type[WeightedStructures], enumerated: Enumerated) -> List[Name]:
    names = [enumerated.names[index] for index in enumerated.expressible]
    return [name for name in names if is_well_formed(name)] if kind is WeightedSpans else names


def _as_list_has_it(name: Name, labels: Tuple[str, ...], generator: np.random.Generator) -> Name:
    """With any relation where the student has none."""
    return tuple(part + str(generator.choice(labels)) if part.endswith("@") else part for part in name)


def _any_name(kind: Type[WeightedStructures], labels: Tuple[str, ...], n: int, generator: Any) -> Name:
    if kind is WeightedTrees:
        heads = [int(generator.choice([h for h in range(n + 1) if h != i + 1])) for i in range(n)]
        return tuple(f"{head}@{generator.choice(labels)}" for head in heads)
    if kind is WeightedSequences:
        return tuple(str(generator.choice(labels)) for _ in range(n))
    kind_of_span = generator.choice(labels)
    return (
        (f"U-{kind_of_span}",)
        if n == 1
        else (f"B-{kind_of_span}", *[f"I-{kind_of_span}"] * (n - 2), f"L-{kind_of_span}")
    )


def is_of_trees(kind: Type[Factorization]) -> bool:
    return issubclass(kind, (Parsing, WeightedTrees))
