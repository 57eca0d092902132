"""Scored spans: for each span of words that may be an entity its type and its probability."""

from typing import Any, Dict, List, NamedTuple, Sequence, Set, Tuple

import numpy as np

from skd_plugin.distillation.teachers.models.soft_labels.choices import log_scores, read_numbers
from skd_plugin.distillation.teachers.models.soft_labels.form import Form, float_tensor, mask_of, numbered
from skd_plugin.distillation.teachers.models.soft_labels.records import Misread, Record, shown
from skd_plugin.structures import FORBIDDEN, IndependentSpans

_KEYS = ("first", "last", "type", "probability")
_EXAMPLE = '{"first": 0, "last": 1, "type": "PER", "probability": 0.9}'
# Of a span that is certain, "no entity" has this probability: its logarithm has to be finite.
_SMALLEST = 1e-12
# The sum of rounded probabilities may be larger than 1 by this.
_ROUNDING = 1e-6


class Span(NamedTuple):
    """Words from `first` to `last`, both counted from 0 and both inclusive."""

    first: int
    last: int
    type: str


class Spans(Form):
    """
    `spans` has an object with first and last word, type and probability for each span that may be an entity. Spans may
    overlap; those that are not listed have probability 0. The distribution is an `IndependentSpans`.
    """

    scored_words = 2

    def __init__(self) -> None:
        self._types: Set[str] = set()
        self._width = 1

    def survey(self, record: Record) -> None:
        spans, _ = _read(record)
        self._types.update(span.type for span in spans)
        self._width = max([self._width, *(span.last - span.first + 1 for span in spans)])

    def complete(self) -> None:
        if not self._types:
            raise Misread("no span in any line", "some, with their types", "Write those that may be entities.")

    def factorize(self, records: Sequence[Record]) -> IndependentSpans:
        mask = mask_of(records)
        labels, numbers = numbered(list(self._types))
        shape = (*mask.shape, min(self._width, mask.shape[1]))
        scores = np.full((*shape, len(labels)), FORBIDDEN)
        for row, record in enumerate(records):
            spans, probabilities = _read(record)
            if spans:
                first, last = np.array([span[:2] for span in spans]).T
                types = [numbers[span.type] for span in spans]
                with_type = np.zeros(shape[1:])
                np.add.at(with_type, (first, last - first), probabilities)
                none = np.maximum(1 - with_type, _SMALLEST)[first, last - first]
                scores[row, first, last - first, types] = np.maximum(
                    log_scores(probabilities) - np.log(none), FORBIDDEN
                )
        return IndependentSpans(float_tensor(scores), mask, labels)


def _read(record: Record) -> Tuple[List[Span], Any]:
    value = record.labels["spans"]
    spans = read_spans(value, len(record.words), _KEYS, _EXAMPLE)
    probabilities = read_numbers([entry["probability"] for entry in value], lambda index: _shown(spans[index]))
    sums: Dict[Tuple[int, int], float] = {}
    for span, probability in zip(spans, probabilities.tolist()):
        sums[span[:2]] = sums.get(span[:2], 0.0) + probability
        if sums[span[:2]] > 1 + _ROUNDING:
            raise Misread(
                f"types of the span from {span.first} to {span.last} with probabilities that sum to "
                f"{sums[span[:2]]:.6g}",
                "a sum of 1 at most",
                "A span has one type or none; give it probabilities of which the rest is that of none.",
            )
    return spans, probabilities


def read_spans(value: Any, n: int, keys: Sequence[str], example: str) -> List[Span]:
    """The spans in a list, which has objects with these keys. Raises `Misread`."""
    if not isinstance(value, list):
        raise Misread(f"the spans {shown(value)}", "a list", f"Write spans such as {example}, or [] if there are none.")
    spans = []
    for entry in value:
        if not isinstance(entry, dict) or set(entry) != set(keys):
            raise Misread(f"the span {shown(entry)}", f"an object with {', '.join(keys)}", f"Write {example}.")
        first, last, kind = entry["first"], entry["last"], entry["type"]
        if not (type(first) is int and type(last) is int and 0 <= first <= last < n):
            rule = f"first and last from 0 to {n - 1}, and last not before first"
            raise Misread(f"the span {shown(entry)}", rule, "Words are counted from 0, and the last is inclusive.")
        if not (isinstance(kind, str) and kind.strip()):
            raise Misread(f"the type {shown(kind)}", "the name of a type", f"Write {example}.")
        spans.append(Span(first, last, kind))
    if len(set(spans)) < len(spans):
        twice = next(span for index, span in enumerate(spans) if span in spans[:index])
        raise Misread(f"{_shown(twice)} twice", "every span once", "Keep one of the two.")
    return spans


def _shown(span: Span) -> str:
    return f"the {span.type} from {span.first} to {span.last}"
