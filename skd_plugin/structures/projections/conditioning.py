"""
Conditioning of a teacher for a student, P_t(y | the student can produce y): a table by the classes of the two.

A row is a function `(teacher, student, policy)`. It serves the classes that it is registered for and their subclasses
that have no row of their own. The teacher is passed as `Factorization.as_teacher`.
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
    distribution : the teacher conditioned on what the student can produce, over the labels that both have, in the
        student's order
    drops : whether some of the teacher's structures may be missing from `distribution`
    """

    distribution: Factorization
    drops: bool


Conditioning = Callable[..., Conditioned]
AnyConditioning = TypeVar("AnyConditioning", bound=Conditioning)

_TABLE: dict[tuple[type, type], Conditioning] = {}

# The policy "error" refuses a teacher that gives more than this probability to structures that the student lacks. The
# probability is computed from a difference of two log Z. In float32 and with a hundred words, the rounding error of
# that difference is larger than _NEGLIGIBLE, so some units in the last place of log Z are allowed too.
_NEGLIGIBLE = 1e-5
_UNITS_IN_LAST_PLACE = 4


def conditioning(teacher: type, student: type) -> Callable[[AnyConditioning], AnyConditioning]:
    """Registers the decorated function as the row for these classes of teacher and student, which may be abstract."""

    def register(function: AnyConditioning) -> AnyConditioning:
        _TABLE[teacher, student] = function
        return function

    return register


def condition(teacher: Factorization, student: Factorization, policy: Policy) -> Conditioned:
    """
    Conditions the teacher on what the student can produce, by the most specific row. The student's class is matched
    first.

    Raises `LabelMismatch` if `policy` is "error" and the teacher has labels or structures that the student lacks, and
    `NotImplementedError` if the table has no row for the two classes.
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
    """Keeps label sequences over the labels that both have."""
    common = common_labels(teacher.labels, student.labels, policy)
    if teacher.labels == common:
        return Conditioned(teacher, drops=False)
    return Conditioned(teacher.restricted(common), drops=len(common) < len(teacher.labels))


@conditioning(Labeling, student=ConstrainedChain)
def well_formed_sequences(teacher: Labeling, student: ConstrainedChain, policy: Policy) -> Conditioned:
    """Keeps well-formed BIOUL tags without spans that are too wide for the student."""
    restricted, drops = sequences(teacher, student, policy)
    assert isinstance(restricted, Labeling)
    well_formed = constrained(restricted, student.max_width)
    same = isinstance(teacher, ConstrainedChain) and well_formed.max_width == teacher.max_width
    return Conditioned(well_formed, drops or not same)


@conditioning(Labeling, student=SpanFactored)
def sequences_as_spans(teacher: Labeling, student: SpanFactored, policy: Policy) -> Conditioned:
    """
    Keeps well-formed BIOUL tags, whatever `policy` is. `policy` applies to types that the student lacks and to spans
    that are wider than its maximal width.
    """
    check_tags("teacher", teacher.labels)
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
    """Keeps spans of the types that both have and that are not wider than the student's maximal width."""
    common = common_labels(teacher.labels, student.labels, policy)
    restricted = teacher if teacher.labels == common else teacher.restricted(common)
    narrow = _limit_width(restricted, student.max_width, policy)
    return Conditioned(narrow, drops=len(common) < len(teacher.labels) or narrow.max_width < teacher.max_width)


@conditioning(SpanFactored, student=FlatSpans)
def flat_spans(teacher: SpanFactored, student: FlatSpans, policy: Policy) -> Conditioned:
    """Keeps spans that do not overlap, whatever `policy` is, and then conditions as for any student of spans."""
    flat, drops = spans(teacher.flat, student, policy)
    return Conditioned(flat, drops or type(flat) is not type(teacher))


@conditioning(SpanFactored, student=Labeling)
def spans_as_tags(teacher: SpanFactored, student: Labeling, policy: Policy) -> Conditioned:
    """Keeps spans that do not overlap and that the student's tags can express."""
    check_tags("student", student.labels)
    writable = bioul.writable(student.labels, teacher.labels)
    if policy == "error" and not writable.all():
        raise LabelMismatch(_missing_tags_message(teacher.labels, student.labels))
    common = common_labels(teacher.labels, bioul.types(student.labels), policy)
    flat = teacher.flat if teacher.labels == common else teacher.flat.restricted(common)
    if writable.all():
        return Conditioned(flat, drops=type(flat) is not type(teacher))
    return Conditioned(flat.within(bioul.writable(student.labels, common)), drops=True)


@conditioning(SpanFactored, student=ConstrainedChain)
def spans_as_bounded_tags(teacher: SpanFactored, student: ConstrainedChain, policy: Policy) -> Conditioned:
    """Conditions as for any student of tags, and drops spans that are too wide for the student."""
    flat, drops = spans_as_tags(teacher, student, policy)
    if student.max_width is None:
        return Conditioned(flat, drops)
    assert isinstance(flat, SpanFactored)
    narrow = _limit_width(flat, student.max_width, policy)
    return Conditioned(narrow, drops or narrow.max_width < flat.max_width)


def _limit_width(teacher: SpanFactored, width: int, policy: Policy) -> SpanFactored:
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
    Keeps relations that both have. If the student has fewer structures by definition (trees, for a teacher that selects
    heads), the teacher is conditioned on them, whatever `policy` is.
    """
    restricted, drops = arcs_of_any_structure(teacher, student, policy)
    assert isinstance(restricted, ArcFactored)
    if restricted.support >= student.support:
        return Conditioned(restricted, drops)
    trees = type(student)(restricted.arcs, restricted.relation_scores, restricted.mask, restricted.labels)
    return Conditioned(trees, drops=True)


@conditioning(ArcFactored, student=SecondOrder)
def arcs_of_any_structure(teacher: ArcFactored, student: ArcFactored | SecondOrder, policy: Policy) -> Conditioned:
    """Keeps relations that both have. The student has every choice of heads that the teacher has."""
    common = common_relations(teacher.labels, student.labels, policy)
    drops = len(common) < len(teacher.labels) and len(common) > 0
    return Conditioned(teacher.restricted(common), drops)


@conditioning(ArcFactored, student=ArcLabels)
def arcs_with_a_label(teacher: ArcFactored, student: ArcLabels, policy: Policy) -> Conditioned:
    """
    Keeps arcs for which the student has a label. A head selection becomes an `ArcLabels` over the student's labels.
    Trees remain trees, in which every arc has a label.
    """
    common = common_relations(teacher.labels, student.labels, policy)
    restricted = teacher.restricted(common)
    labelled = (
        student.from_heads(restricted)
        if isinstance(restricted, HeadSelection)
        else restricted.within(student.labelled_arcs(common))
    )
    if policy == "error":
        check_lost(
            restricted,
            labelled,
            "parses that the student cannot write, because its vocabulary has no label for one of their arcs",
            "Choose the label policy 'renormalize' to condition the teacher on arcs that have a label, or train the "
            "student with more labels.",
        )
    return Conditioned(labelled, drops=True)


# Errors.


def check_lost(teacher: Factorization, conditioned: Factorization, what: str, remedy: str) -> None:
    """Raises `LabelMismatch` if the dropped structures have more than a negligible probability."""
    total = teacher.log_partition
    lost = -torch.expm1((conditioned.log_partition - total).clamp(max=0))
    negligible = _NEGLIGIBLE + _UNITS_IN_LAST_PLACE * torch.finfo(total.dtype).eps * total.abs()
    if bool((lost > negligible).any()):
        worst = int((lost - negligible).argmax())
        raise LabelMismatch(
            f"The teacher gives {100 * float(lost[worst]):.3g}% of its probability to {what} (sentence {worst + 1} of "
            f"the batch, of {int(teacher.lengths[worst])} words). {remedy}"
        )


def _check_width(teacher: Factorization, narrow: Factorization, max_width: int) -> None:
    check_lost(
        teacher,
        narrow,
        f"spans of more than {max_width} words, the student's maximal width",
        "Choose the label policy 'renormalize' to condition the teacher on narrower spans, or a student with a larger "
        "maximal width.",
    )


def check_tags(whose: str, labels: tuple[str, ...]) -> None:
    """Raises `LabelMismatch` unless these labels are BIOUL tags that include O."""
    if not bioul.is_bioul(labels) or "O" not in labels:
        raise LabelMismatch(
            f"The {whose}'s labels are {', '.join(labels)}, expected BIOUL tags with an O: no other labels correspond "
            "to spans. Use a teacher and a student that both recognize entities."
        )


def _missing_tags_message(types: tuple[str, ...], tags: tuple[str, ...]) -> str:
    missing = sorted(set(bioul.tags(types)) - set(tags))
    return (
        f"The teacher has spans of the types {', '.join(types)}, but to express them the student lacks the tags "
        f"{', '.join(missing)}. Train the student with these tags in its vocabulary, or choose the label policy "
        "'renormalize' to condition the teacher on spans that the student can express."
    )
