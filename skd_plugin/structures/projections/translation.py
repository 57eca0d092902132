"""Structures of a teacher as its student writes them: ids by label name, BIOUL tags B-x I-x* L-x as spans (w, x)."""

from __future__ import annotations

from typing import Any, Sequence

import torch
from torch import Tensor

from skd_plugin.structures.algebra.factorization import Factorization
from skd_plugin.structures.algebra.labels import positions
from skd_plugin.structures.algebra.structure import Segments, Tree
from skd_plugin.structures.spans.span_factored import SpanFactored

# Of the places in a span.
_FIRST, _INSIDE, _LAST, _ONLY = range(4)
_PREFIXES = "BILU"

Labels = Sequence[str]


def translated(structure: Any, teacher: Factorization, student: Factorization) -> Any:
    """
    One structure a sentence, as the teacher's `argmax` gives it, as the student's `indicator` takes it.

    What the student has no label for gets the id −1, which `indicator` refuses; padding is 0. Tags become spans only if
    they are well-formed.
    """
    labels = teacher.labels, student.labels
    if isinstance(structure, Tree):
        return _tree(structure, *labels, student.mask)
    if isinstance(structure, Segments):
        write = _segments if isinstance(student, SpanFactored) else tags_of_spans
        return write(structure, *labels, student.mask)
    if isinstance(student, SpanFactored):
        return spans_of_tags(structure, *labels, student.mask)
    return _renamed(structure, *labels).masked_fill(~student.mask, 0)


def spans_of_tags(tags: Tensor, labels: Labels, types: Labels, mask: Tensor) -> Segments:
    """The spans of well-formed BIOUL tags, ids of `labels`, shape (batch, n)."""
    prefix = _table([label[0] for label in labels], "O" + _PREFIXES, tags)[tags]
    opens = mask & ((prefix == 1 + _FIRST) | (prefix == 1 + _ONLY))
    closes = (prefix == 1 + _LAST) | (prefix == 1 + _ONLY)
    words = _words(tags)
    # The first word from here on that closes a span.
    end = torch.where(closes, words, tags.shape[1]).flip(1).cummin(1).values.flip(1)
    kinds = _table([label[2:] for label in labels], types, tags)[tags]
    return Segments((end - words + 1) * opens, kinds * opens)


def tags_of_spans(segments: Segments, types: Labels, labels: Labels, mask: Tensor) -> Tensor:
    """The BIOUL tags, ids of `labels`, of spans that share no word: shape (batch, n)."""
    widths, kinds = segments
    words = _words(widths)
    # The last word up to here that opens a span, −1 if none does.
    start = torch.where(widths > 0, words, -1).cummax(1).values
    width, kind = (part.gather(1, start.clamp(min=0)) for part in (widths, kinds))
    offset = words - start
    covered = mask & (start >= 0) & (offset < width)
    place = torch.full_like(kind, _INSIDE).masked_fill(offset == width - 1, _LAST).masked_fill(offset == 0, _FIRST)
    place = place.masked_fill(width == 1, _ONLY)
    names = [f"{prefix}-{name}" for prefix in _PREFIXES for name in types]
    [outside], tags = (_table(given, labels, widths) for given in (["O"], names))
    found = tags[(place * len(types) + kind).masked_fill(~covered, 0)]
    return found.where(covered, outside).masked_fill(~mask, 0)


def _tree(tree: Tree, teacher: Labels, student: Labels, mask: Tensor) -> Tree:
    if tree.relations is None or not student:
        return Tree(tree.heads, None)
    return Tree(tree.heads, _renamed(tree.relations, teacher, student).masked_fill(~mask, 0))


def _segments(segments: Segments, teacher: Labels, student: Labels, mask: Tensor) -> Segments:
    widths, types = segments
    return Segments(widths, _renamed(types, teacher, student).masked_fill(widths == 0, 0))


def _renamed(ids: Tensor, teacher: Labels, student: Labels) -> Tensor:
    return ids if tuple(teacher) == tuple(student) else _table(teacher, student, ids)[ids]


def _table(names: Labels, among: Labels, like: Tensor) -> Tensor:
    """Where each name stands among others, −1 for nowhere."""
    return torch.tensor(positions(names, among), device=like.device)


def _words(like: Tensor) -> Tensor:
    return torch.arange(like.shape[1], device=like.device).expand_as(like)
