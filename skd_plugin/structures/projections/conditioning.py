"""
What a teacher is conditioned on, P_t(y | the student can produce y): a table by the classes of teacher and student.

A row is a function `(teacher, student, policy)`. It is registered for the classes that it names and for their
subclasses that have no row of their own. The teacher comes in the form in which it teaches, `Factorization.as_teacher`.
"""

from __future__ import annotations

from typing import Callable, NamedTuple, TypeVar

import torch

from skd_plugin.structures.algebra.errors import LabelMismatch
from skd_plugin.structures.algebra.factorization import Factorization
from skd_plugin.structures.algebra.labels import Policy, common_labels, common_relations
from skd_plugin.structures.sequences import bioul
from skd_plugin.structures.sequences.constrained_chain import ConstrainedChain, constrained
from skd_plugin.structures.sequences.labeling import Labeling
from skd_plugin.structures.spans.flat_spans import FlatSpans
from skd_plugin.structures.spans.span_factored import SpanFactored
from skd_plugin.structures.trees.arc_factored import ArcFactored
from skd_plugin.structures.trees.arc_labels import ArcLabels
from skd_plugin.structures.trees.head_selection import HeadSelection
from skd_plugin.structures.trees.second_order import SecondOrder


class Conditioned(NamedTuple):
    """
    distribution : the teacher conditioned on what the student can produce, over the labels that both know, in the
        student's order
    drops : whether some of the teacher's structures may be missing from it
    """

    distribution: Factorization
    drops: bool


Conditioning = Callable[..., Conditioned]
AnyConditioning = TypeVar("AnyConditioning", bound=Conditioning)

_TABLE: dict[tuple[type, type], Conditioning] = {}

# The probability that a teacher may give to structures that the student lacks before the policy "error" refuses it. It
# is computed from a difference of two log Z, whose last digits are rounding: in float32 and with a hundred words that
# is more than this.
_NEGLIGIBLE = 1e-5
_DIGITS = 4


def conditioning(teacher: type, student: type) -> Callable[[AnyConditioning], AnyConditioning]:
    """Registers the decorated function as the row for teachers and students of these classes, which may be abstract."""

    def register(function: AnyConditioning) -> AnyConditioning:
        _TABLE[teacher, student] = function
        return function

    return register


def condition(teacher: Factorization, student: Factorization, policy: Policy) -> Conditioned:
    """
    The teacher conditioned on what the student can produce, by the most specific row: the student's class counts first.

    Raises `LabelMismatch` where `policy` is "error" and the teacher has labels or structures that the student lacks,
    and `NotImplementedError` if the table has no row for the two classes.
    """
    teaching = teacher.as_teacher
    for student_class in type(student).__mro__:
        for teacher_class in type(teaching).__mro__:
            row = _TABLE.get((teacher_class, student_class))
            if row is not None:
                return row(teaching, student, policy)
    raise NotImplementedError(
        f"No conditioning of {type(teaching).__name__} for a {type(student).__name__} is registered. Write one with "
        f"@conditioning({type(teaching).__name__}, student={type(student).__name__})."
    )


# Label sequences.


@conditioning(Labeling, student=Labeling)
def sequences(teacher: Labeling, student: Labeling, policy: Policy) -> Conditioned:
    """Label sequences over the labels that both know."""
    common = common_labels(teacher.labels, student.labels, policy)
    if teacher.labels == common:
        return Conditioned(teacher, drops=False)
    return Conditioned(teacher.restricted(common), drops=len(common) < len(teacher.labels))


@conditioning(Labeling, student=ConstrainedChain)
def well_formed_sequences(teacher: Labeling, student: ConstrainedChain, policy: Policy) -> Conditioned:
    """Well-formed BIOUL tags without spans that are too wide for the student."""
    restricted, drops = sequences(teacher, student, policy)
    assert isinstance(restricted, Labeling)
    well_formed = constrained(restricted, student.max_width)
    same = isinstance(teacher, ConstrainedChain) and well_formed.max_width == teacher.max_width
    return Conditioned(well_formed, drops or not same)


@conditioning(Labeling, student=SpanFactored)
def sequences_as_spans(teacher: Labeling, student: SpanFactored, policy: Policy) -> Conditioned:
    """
    Well-formed BIOUL tags, always and exactly. `policy` is for types that the student lacks, and for spans that are
    wider than its maximal width.
    """
    _check_tags("teacher", teacher.labels)
    common = common_labels(bioul.types(teacher.labels), student.labels, policy)
    kept = tuple(label for label in teacher.labels if label == "O" or label[2:] in common)
    well_formed = constrained(teacher if kept == teacher.labels else teacher.restricted(kept))
    drops = kept != teacher.labels or not isinstance(teacher, ConstrainedChain)
    if student.max_width >= teacher.mask.shape[1]:
        return Conditioned(well_formed, drops)
    narrow = constrained(well_formed, student.max_width)
    if policy == "error":
        _check_width(well_formed, narrow, student.max_width)
    return Conditioned(narrow, drops or narrow.max_width != well_formed.max_width)


# Spans.


@conditioning(SpanFactored, student=SpanFactored)
def spans(teacher: SpanFactored, student: SpanFactored, policy: Policy) -> Conditioned:
    """Spans of the types that both know, no wider than the student's maximal width."""
    common = common_labels(teacher.labels, student.labels, policy)
    restricted = teacher if teacher.labels == common else teacher.restricted(common)
    narrow = _narrowed(restricted, student.max_width, policy)
    return Conditioned(narrow, drops=len(common) < len(teacher.labels) or narrow.max_width < teacher.max_width)


@conditioning(SpanFactored, student=FlatSpans)
def flat_spans(teacher: SpanFactored, student: FlatSpans, policy: Policy) -> Conditioned:
    """Spans that share no word. That is always conditioned on, before `policy` is asked about anything else."""
    flat, drops = spans(teacher.flat, student, policy)
    return Conditioned(flat, drops or type(flat) is not type(teacher))


@conditioning(SpanFactored, student=Labeling)
def spans_as_tags(teacher: SpanFactored, student: Labeling, policy: Policy) -> Conditioned:
    """Spans that share no word and that the student's tags can write."""
    _check_tags("student", student.labels)
    writable = bioul.writable(student.labels, teacher.labels)
    if policy == "error" and not writable.all():
        raise LabelMismatch(_unwritable(teacher.labels, student.labels))
    common = common_labels(teacher.labels, bioul.types(student.labels), policy)
    flat = teacher.flat if teacher.labels == common else teacher.flat.restricted(common)
    if writable.all():
        return Conditioned(flat, drops=type(flat) is not type(teacher))
    return Conditioned(flat.within(bioul.writable(student.labels, common)), drops=True)


@conditioning(SpanFactored, student=ConstrainedChain)
def spans_as_bounded_tags(teacher: SpanFactored, student: ConstrainedChain, policy: Policy) -> Conditioned:
    """As for any tags, without spans that are too wide for the student."""
    flat, drops = spans_as_tags(teacher, student, policy)
    if student.max_width is None:
        return Conditioned(flat, drops)
    assert isinstance(flat, SpanFactored)
    narrow = _narrowed(flat, student.max_width, policy)
    return Conditioned(narrow, drops or narrow.max_width < flat.max_width)


def _narrowed(teacher: SpanFactored, width: int, policy: Policy) -> SpanFactored:
    if width >= teacher.max_width:
        return teacher
    narrow = teacher.narrowed(width)
    if policy == "error":
        _check_width(teacher, narrow, width)
    return narrow


# Trees.


@conditioning(ArcFactored, student=ArcFactored)
def arcs(teacher: ArcFactored, student: ArcFactored, policy: Policy) -> Conditioned:
    """
    Relations that both know. Where the student's structures are fewer by definition (trees for a teacher that selects
    heads), the teacher is always conditioned on them, which is exact.
    """
    restricted, drops = arcs_of_any_structure(teacher, student, policy)
    assert isinstance(restricted, ArcFactored)
    if restricted.support >= student.support:
        return Conditioned(restricted, drops)
    trees = type(student)(restricted.arcs, restricted.relations, restricted.mask, restricted.labels)
    return Conditioned(trees, drops=True)


@conditioning(ArcFactored, student=SecondOrder)
def arcs_of_any_structure(teacher: ArcFactored, student: ArcFactored | SecondOrder, policy: Policy) -> Conditioned:
    """Relations that both know; the student has all structures that the teacher has."""
    common = common_relations(teacher.labels, student.labels, policy)
    drops = len(common) < len(teacher.labels) and len(common) > 0
    return Conditioned(teacher.restricted(common), drops)


@conditioning(ArcFactored, student=ArcLabels)
def arcs_with_a_label(teacher: ArcFactored, student: ArcLabels, policy: Policy) -> Conditioned:
    """
    Arcs for which the student has a label. A head selection becomes an `ArcLabels` over the student's labels; trees
    stay trees, all of whose arcs have a label.
    """
    common = common_relations(teacher.labels, student.labels, policy)
    restricted = teacher.restricted(common)
    labelled = (
        student.from_heads(restricted)
        if isinstance(restricted, HeadSelection)
        else restricted.within(student.labelled_arcs(common))
    )
    if policy == "error":
        _check_lost(
            restricted,
            labelled,
            "parses that the student cannot write, because an arc in them has no label in its vocabulary",
            "Choose the label policy 'renormalize' to condition the teacher on arcs that have a label, or train the "
            "student with more labels.",
        )
    return Conditioned(labelled, drops=True)


# When a row refuses.


def _check_lost(teacher: Factorization, conditioned: Factorization, what: str, remedy: str) -> None:
    """Raises `LabelMismatch` if the teacher gives more than a negligible probability to what was conditioned away."""
    total = teacher.log_partition
    lost = -torch.expm1((conditioned.log_partition - total).clamp(max=0))
    negligible = _NEGLIGIBLE + _DIGITS * torch.finfo(total.dtype).eps * total.abs()
    if bool((lost > negligible).any()):
        worst = int((lost - negligible).argmax())
        raise LabelMismatch(
            f"The teacher gives {100 * float(lost[worst]):.3g}% of its probability to {what} (sentence {worst + 1} of "
            f"the batch, of {int(teacher.lengths[worst])} words). {remedy}"
        )


def _check_width(teacher: Factorization, narrow: Factorization, max_width: int) -> None:
    _check_lost(
        teacher,
        narrow,
        f"spans of more than {max_width} words, the student's maximal width",
        "Choose the label policy 'renormalize' to condition the teacher on narrower spans, or a student with a larger "
        "maximal width.",
    )


def _check_tags(whose: str, labels: tuple[str, ...]) -> None:
    """Raises `LabelMismatch` unless these labels are BIOUL tags that can at least write a sentence without spans."""
    if not bioul.is_bioul(labels) or "O" not in labels:
        raise LabelMismatch(
            f"The {whose}'s labels are {', '.join(labels)}, expected BIOUL tags with an O among them: nothing else "
            "corresponds to spans. Teach spans by models of entities, and entities by models of spans."
        )


def _unwritable(types: tuple[str, ...], tags: tuple[str, ...]) -> str:
    lacking = sorted(set(bioul.tags(types)) - set(tags))
    return (
        f"The teacher has spans of the types {', '.join(types)}, and to write them the student lacks the tags "
        f"{', '.join(lacking)}. Train the student with these tags in its vocabulary, or choose the label policy "
        "'renormalize' to condition the teacher on spans that the student can write."
    )
