"""Translation of a teacher's structures for its student: label ids by name, and BIOUL tags to spans and back."""

from __future__ import annotations

from typing import Any, Sequence

import torch
from torch import Tensor

from skd_plugin.structures.algebra.factorization import Factorization
from skd_plugin.structures.algebra.labels import positions
from skd_plugin.structures.algebra.structure import Segments, Tree
from skd_plugin.structures.spans.span_factored import SpanFactored

_PREFIXES = "BILU"
_BEGIN, _INSIDE, _LAST, _UNIT = range(4)

Labels = Sequence[str]


def translated(structure: Any, teacher: Factorization, student: Factorization) -> Any:
    """
    Translates one structure per sentence, as the teacher's `argmax` returns it, for the student's `indicator`.

    A label that the student lacks becomes the id −1, which `indicator` refuses. Padding is 0. Tags must be well-formed
    if they are translated into spans.
    """
    labels = teacher.labels, student.labels
    if isinstance(structure, Tree):
        return _translate_tree(structure, *labels, student.mask)
    if isinstance(structure, Segments):
        translate = _translate_types if isinstance(student, SpanFactored) else tags_of_spans
        return translate(structure, *labels, student.mask)
    if isinstance(student, SpanFactored):
        return spans_of_tags(structure, *labels, student.mask)
    return _translate_ids(structure, *labels).masked_fill(~student.mask, 0)


def spans_of_tags(tags: Tensor, labels: Labels, types: Labels, mask: Tensor) -> Segments:
    """The spans of well-formed BIOUL tags, which are ids of `labels`, shape (batch, n)."""
    prefix = _id_map([label[0] for label in labels], "O" + _PREFIXES, tags.device)[tags]
    begins = mask & ((prefix == 1 + _BEGIN) | (prefix == 1 + _UNIT))
    ends = (prefix == 1 + _LAST) | (prefix == 1 + _UNIT)
    words = _word_indices(tags)
    # The first word, from each word on, that ends a span.
    end = torch.where(ends, words, tags.shape[1]).flip(1).cummin(1).values.flip(1)
    type_ids = _id_map([label[2:] for label in labels], types, tags.device)[tags]
    return Segments((end - words + 1) * begins, type_ids * begins)


def tags_of_spans(segments: Segments, types: Labels, labels: Labels, mask: Tensor) -> Tensor:
    """The BIOUL tags of spans that do not overlap, as ids of `labels`, shape (batch, n)."""
    words = _word_indices(segments.widths)
    # The last word, up to each word, that begins a span; −1 if there is none.
    start = torch.where(segments.widths > 0, words, -1).cummax(1).values
    width, type_id = (part.gather(1, start.clamp(min=0)) for part in segments)
    offset = words - start
    covered = mask & (start >= 0) & (offset < width)
    prefix = torch.full_like(type_id, _INSIDE).masked_fill(offset == width - 1, _LAST).masked_fill(offset == 0, _BEGIN)
    prefix = prefix.masked_fill(width == 1, _UNIT)
    names = [f"{letter}-{name}" for letter in _PREFIXES for name in types]
    [outside], span_tags = (_id_map(tags, labels, mask.device) for tags in (["O"], names))
    tags = span_tags[(prefix * len(types) + type_id).masked_fill(~covered, 0)]
    return tags.where(covered, outside).masked_fill(~mask, 0)


def _translate_tree(tree: Tree, teacher: Labels, student: Labels, mask: Tensor) -> Tree:
    if tree.relations is None or not student:
        return Tree(tree.heads, None)
    return Tree(tree.heads, _translate_ids(tree.relations, teacher, student).masked_fill(~mask, 0))


def _translate_types(segments: Segments, teacher: Labels, student: Labels, mask: Tensor) -> Segments:
    widths, types = segments
    return Segments(widths, _translate_ids(types, teacher, student).masked_fill(widths == 0, 0))


def _translate_ids(ids: Tensor, teacher: Labels, student: Labels) -> Tensor:
    return ids if tuple(teacher) == tuple(student) else _id_map(teacher, student, ids.device)[ids]


def _id_map(source: Labels, target: Labels, device: torch.device) -> Tensor:
    """The position of each source label among the target labels; −1 for a label that is not one of them."""
    return torch.tensor(positions(source, target), device=device)


def _word_indices(ids: Tensor) -> Tensor:
    return torch.arange(ids.shape[1], device=ids.device).expand_as(ids)
