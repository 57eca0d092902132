"""Heads, and relations: for each word a distribution over the words on which it may depend."""

from typing import Any, Dict, List, NamedTuple, Optional, Sequence, Set, Tuple

import numpy as np
import torch
from numpy.typing import NDArray

from skd_plugin.distillation.teachers.models.soft_labels.choices import Choices, read_choices
from skd_plugin.distillation.teachers.models.soft_labels.form import Form, float_tensor, mask_of, numbered, word_name
from skd_plugin.distillation.teachers.models.soft_labels.records import Misread, Record, shown
from skd_plugin.structures import FORBIDDEN, BiaffineRelations, HeadSelection

_ANY_HEAD = -1


class _Relations(NamedTuple):
    """
    words, heads : of each distribution; `_ANY_HEAD` if it is that of the word, whatever its head is
    given_arcs : the distributions over relations
    """

    words: NDArray[np.int64]
    heads: NDArray[np.int64]
    given_arcs: Choices

    @property
    def depend_on_heads(self) -> bool:
        return bool((self.heads != _ANY_HEAD).any())


class Heads(Form):
    """
    `heads` has an object {head: probability} for each word, where 0 is ROOT and words are counted from 1.

    `relations`, if there are any, has for each word an object {relation: probability}, whatever its head is, or an
    object {head: {relation: probability}}. The distribution is a `HeadSelection`.
    """

    scored_words = 2

    def __init__(self) -> None:
        self._relations: Set[str] = set()
        self._depend_on_heads = False
        self._are_labelled: Optional[bool] = None

    def survey(self, record: Record) -> None:
        are_labelled = "relations" in record.labels
        if self._are_labelled not in (None, are_labelled):
            finding, rule = ("relations", "none") if are_labelled else ("no relations", "relations")
            remedy = "Give all sentences of a file relations, or none."
            raise Misread(finding, f"{rule}, as in the lines before", remedy)
        self._are_labelled = are_labelled
        heads = _read_heads(record)
        if are_labelled:
            relations = _read_relations(record)
            _check_covered(record, heads, relations)
            self._relations.update(relations.given_arcs.names)
            self._depend_on_heads |= relations.depend_on_heads

    def factorize(self, records: Sequence[Record]) -> HeadSelection:
        mask = mask_of(records)
        batch, n = mask.shape
        arcs = np.full((batch, n, n + 1), FORBIDDEN)
        for row, record in enumerate(records):
            heads = _read_heads(record)
            arcs[row, heads.places, list(map(int, heads.names))] = heads.scores
        if not self._are_labelled:
            return HeadSelection(float_tensor(arcs), None, mask, ())
        labels, numbers = numbered(list(self._relations))
        relations = self._table if self._depend_on_heads else self._whatever_the_head
        return HeadSelection(float_tensor(arcs), relations(records, mask.shape[1], numbers), mask, labels)

    def _table(self, records: Sequence[Record], n: int, numbers: Dict[str, int]) -> torch.Tensor:
        table = np.full((len(records), n, n + 1, len(numbers)), FORBIDDEN)
        for row, record in enumerate(records):
            words, heads, given_arcs = _read_relations(record)
            places, relations = given_arcs.places, [numbers[name] for name in given_arcs.names]
            is_of_any = heads[places] == _ANY_HEAD
            for chosen, columns in ((is_of_any, slice(None)), (~is_of_any, heads[places][~is_of_any])):
                of_words, of_relations = words[places][chosen], np.array(relations, np.int64)[chosen]
                scores = given_arcs.scores[chosen]
                values = scores[:, None] if isinstance(columns, slice) else scores
                table[row, of_words, columns, of_relations] = values
        return float_tensor(table)

    def _whatever_the_head(self, records: Sequence[Record], n: int, numbers: Dict[str, int]) -> BiaffineRelations:
        """Relations as a product of the scores of words and of ones: n · relation numbers instead of n² · relation."""
        dependents = np.full((len(records), n, len(numbers)), FORBIDDEN)
        for row, record in enumerate(records):
            words, _, given_arcs = _read_relations(record)
            relations = [numbers[name] for name in given_arcs.names]
            dependents[row, words[given_arcs.places], relations] = given_arcs.scores
        heads = torch.ones(len(records), n + 1, 1)
        return BiaffineRelations(float_tensor(dependents), heads, torch.eye(len(numbers)).unsqueeze(2))


def _read_heads(record: Record) -> Choices:
    n = len(record.words)
    heads = read_choices(record.labels["heads"], n, "heads", lambda place: f"the heads of {word_name(record, place)}")
    for place, name in zip(heads.places.tolist(), heads.names):
        _check_head(record, place, name)
    return heads


def _read_relations(record: Record) -> _Relations:
    value = record.labels["relations"]
    n = len(record.words)
    if not isinstance(value, list) or len(value) != n:
        finding = f"{len(value)} relations" if isinstance(value, list) else f"the relations {shown(value)}"
        raise Misread(finding, f"a list of {n}, one for each word", "Give the relations of each word as an object.")
    arcs: List[Tuple[int, int]] = []
    entries: List[Any] = []
    for place, entry in enumerate(value):
        if isinstance(entry, dict) and entry and all(isinstance(one, dict) for one in entry.values()):
            for head, relations in entry.items():
                _check_head(record, place, head)
                arcs.append((place, int(head)))
                entries.append(relations)
        else:
            arcs.append((place, _ANY_HEAD))
            entries.append(entry)

    def described(index: int) -> str:
        place, head = arcs[index]
        return f"the relations of {word_name(record, place)}" + (f" to head {head}" if head != _ANY_HEAD else "")

    given_arcs = read_choices(entries, len(entries), "relations", described)
    words, heads = np.array(arcs, np.int64).reshape(-1, 2).T
    return _Relations(words, heads, given_arcs)


def _check_head(record: Record, place: int, name: str) -> None:
    n = len(record.words)
    if not (name.isascii() and name.isdigit() and int(name) <= n and int(name) != place + 1):
        raise Misread(
            f"the head {name!r} of {word_name(record, place)}",
            f"the number of another word, from '1' to '{n}', or '0' for ROOT",
            "Words are counted from 1, and none depends on itself.",
        )


def _check_covered(record: Record, heads: Choices, relations: _Relations) -> None:
    """Raises `Misread` if a head that a word may have is none of those for which it has relations."""
    covered = set(zip(relations.words.tolist(), relations.heads.tolist()))
    for place, name, probability in zip(heads.places.tolist(), heads.names, heads.probabilities.tolist()):
        if probability > 0 and (place, int(name)) not in covered and (place, _ANY_HEAD) not in covered:
            raise Misread(
                f"no relations of {word_name(record, place)} to head {name}, which has probability {probability:.3g}",
                "relations for every head that a word may have",
                "Add them, or give the word relations that hold for any head: {relation: probability}.",
            )
