"""N-best lists: for each sentence some taggings, sets of spans or parses, with weights."""

from typing import Any, Dict, List, NamedTuple, Optional, Sequence, Set

import numpy as np
import torch
from torch import Tensor

from skd_plugin.data.tags.conversion import ENTITY_TYPE
from skd_plugin.data.tags.schemes import is_tag, to_bioul, with_type
from skd_plugin.distillation.teachers.models.soft_labels.form import Form, mask_of, numbered, word_name
from skd_plugin.distillation.teachers.models.soft_labels.records import Misread, Record, shown
from skd_plugin.distillation.teachers.models.soft_labels.spans import read_spans
from skd_plugin.structures import FORBIDDEN, Factorization, WeightedSequences, WeightedSpans, WeightedTrees

LARGEST = 256
"""How many structures a list may have. All are compared with each other."""

_KINDS = ("tags", "heads", "spans")
_SPAN = ("first", "last", "type")
_EXAMPLE = '{"weight": 0.9, "tags": ["U-PER", "O"]}'


class _Structure(NamedTuple):
    """
    kind : one of `_KINDS`
    weight : those of a list sum to 1
    columns : for each tensor of the structure an entry for each word; names of labels have not been made numbers yet
    """

    kind: str
    weight: float
    columns: Dict[str, List[Any]]


class NBestLists(Form):
    """
    `n_best` has objects with a weight and with tags, heads and relations, or spans. It is a distribution over these
    structures: `WeightedSequences`, `WeightedTrees` or `WeightedSpans`.

    # Parameters

    are_plain : `bool`
        Whether tags are labels that are not those of entities, and stay as they are.
    """

    def __init__(self, are_plain: bool) -> None:
        self._are_plain = are_plain
        self._kind = ""
        self._are_labelled: Optional[bool] = None
        self._labels: Set[str] = set()
        # The same in BIOUL, as long as all of them are tags.
        self._bioul: Set[str] = set()
        self._all_are_tags = not are_plain
        self._size = 1

    def survey(self, record: Record) -> None:
        structures = _read(record)
        self._size = max(self._size, len(structures))
        for one in structures:
            self._kind = self._kind or one.kind
            are_labelled = one.kind != "heads" or "relations" in one.columns
            if self._are_labelled is None:
                self._are_labelled = are_labelled
            if one.kind != self._kind or are_labelled != self._are_labelled:
                found = one.kind if one.kind != self._kind else "relations" if are_labelled else "no relations"
                remedy = "All structures of a file are of one kind, and parses have relations, or none has."
                raise Misread(found, f"{self._kind} as in the structures before", remedy)
            names = [name for name in self._names(one) if name is not None]
            self._labels.update(names)
            self._all_are_tags = self._all_are_tags and one.kind == "tags" and all(map(is_tag, names))
            if self._all_are_tags:
                self._bioul.update(_in_bioul(names))

    def complete(self) -> None:
        if self._kind == "spans" and not self._labels:
            raise Misread("no span in any line", "some, with their types", "Write the entities of each structure.")
        # Parts of speech are labels, too, and may have the name O.
        self._are_entities = self._all_are_tags and bool(self._bioul - {"O"})
        names = self._bioul | {"O"} if self._are_entities else self._labels
        self._names_in_order, self._numbers = numbered(list(names))

    def factorize(self, records: Sequence[Record]) -> Factorization:
        mask = mask_of(records)
        weights = torch.full((len(records), self._size), FORBIDDEN)
        tensors: Dict[str, Tensor] = {}
        for row, record in enumerate(records):
            for rank, one in enumerate(filter(_has_weight, _read(record))):
                weights[row, rank] = float(np.log(one.weight))
                for name, column in self._in_numbers(one).items():
                    tensor = tensors.setdefault(name, torch.zeros(*mask.shape, self._size, dtype=torch.long))
                    tensor[row, : len(column), rank] = torch.tensor(column)
        labels = self._names_in_order
        if self._kind == "tags":
            return WeightedSequences(weights, tensors["tags"], mask, labels)
        if self._kind == "spans":
            return WeightedSpans(weights, tensors["widths"], tensors["types"], mask, labels)
        return WeightedTrees(weights, tensors["heads"], tensors.get("relations"), mask, labels)

    def _names(self, one: _Structure) -> List[Optional[str]]:
        column = {"tags": "tags", "heads": "relations", "spans": "types"}[self._kind]
        return one.columns.get(column, [])

    def _in_numbers(self, one: _Structure) -> Dict[str, List[int]]:
        columns = dict(one.columns)
        if self._kind == "tags" and self._are_entities:
            columns["tags"] = _in_bioul(columns["tags"])
        for name in ("tags", "relations", "types"):
            if name in columns:
                columns[name] = [0 if label is None else self._numbers[label] for label in columns[name]]
        return columns


def _in_bioul(tags: Sequence[Any]) -> List[str]:
    return to_bioul([with_type(tag, ENTITY_TYPE) for tag in tags])


def _read(record: Record) -> List[_Structure]:
    value = record.labels["n_best"]
    if not isinstance(value, list) or not value:
        raise Misread(f"the n-best list {shown(value)}", "a list of one structure or more", f"Write {_EXAMPLE}.")
    if len(value) > LARGEST:
        raise Misread(f"{len(value)} structures", f"{LARGEST} at most", "Leave out those with the smallest weights.")
    structures = [_structure(entry, record) for entry in value]
    total = sum(one.weight for one in structures)
    if not 0 < total < float("inf"):
        rule = "a sum above 0 that is finite"
        raise Misread(f"weights that sum to {total}", rule, "An n-best list needs a structure that has some weight.")
    return [one._replace(weight=one.weight / total) for one in structures]


def _has_weight(one: _Structure) -> bool:
    """Whether a structure has any. The labels of one that has none are known nevertheless."""
    return one.weight > 0


def _structure(entry: Any, record: Record) -> _Structure:
    if not isinstance(entry, dict) or "weight" not in entry:
        raise Misread(f"the structure {shown(entry)}", "an object with a weight", f"Write {_EXAMPLE}.")
    kinds = [kind for kind in _KINDS if kind in entry]
    unknown = set(entry) - {"weight", *kinds, *(["relations"] if kinds == ["heads"] else [])}
    if len(kinds) != 1 or unknown:
        rule = f"a weight and one of {', '.join(_KINDS)} (relations beside heads)"
        raise Misread(f"a structure with {', '.join(entry)}", rule, f"Write {_EXAMPLE}.")
    weight = entry["weight"]
    if type(weight) not in (int, float) or not 0 <= weight < float("inf"):
        remedy = "Weights are probabilities, or proportional to them; of scores that are logarithms, take exp."
        raise Misread(f"the weight {shown(weight)}", "a finite number, not below 0", remedy)
    [kind] = kinds
    columns: Dict[str, List[Any]]
    if kind == "spans":
        columns = _spans(entry["spans"], len(record.words))
    elif kind == "heads":
        columns = {"heads": _heads(entry["heads"], record)}
        if "relations" in entry:
            columns["relations"] = _names_of_words(entry["relations"], "relations", record)
    else:
        columns = {"tags": _names_of_words(entry["tags"], "tags", record)}
    return _Structure(kind, float(weight), columns)


def _names_of_words(value: Any, what: str, record: Record) -> List[Any]:
    n = len(record.words)
    if not isinstance(value, list) or len(value) != n:
        finding = f"{len(value)} {what}" if isinstance(value, list) else f"the {what} {shown(value)}"
        raise Misread(finding, f"a list of {n}, one for each word", f"Give the {what} of a structure as a list.")
    for index, name in enumerate(value):
        if not isinstance(name, str) or not name:
            finding = f"{shown(name)} among the {what}, of {word_name(record, index)}"
            raise Misread(finding, "a name", f"Name the {what} of every word.")
    return value


def _heads(value: Any, record: Record) -> List[int]:
    n = len(record.words)
    if not isinstance(value, list) or len(value) != n:
        finding = f"{len(value)} heads" if isinstance(value, list) else f"the heads {shown(value)}"
        raise Misread(finding, f"a list of {n}, one for each word", "Give the heads of a structure as a list.")
    for index, head in enumerate(value):
        if type(head) is not int or not 0 <= head <= n or head == index + 1:
            rule = f"the number of another word, from 1 to {n}, or 0 for ROOT"
            finding = f"the head {shown(head)} of {word_name(record, index)}"
            raise Misread(finding, rule, "Words are counted from 1, and none depends on itself.")
    return value


def _spans(value: Any, n: int) -> Dict[str, List[Any]]:
    widths: List[int] = [0] * n
    types: List[Optional[str]] = [None] * n
    end = -1
    example = '{"first": 0, "last": 1, "type": "PER"}'
    for first, last, kind in sorted(read_spans(value, n, _SPAN, example)):
        if first <= end:
            finding = f"the {kind} from {first} to {last}, which overlaps with the span before it"
            raise Misread(finding, "spans of which no two overlap", "Give structures that overlap a weight each.")
        widths[first], types[first], end = last - first + 1, kind, last
    return {"widths": widths, "types": types}
