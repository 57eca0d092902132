"""Alignment of two label sets by name, because teacher and student rarely number their labels alike."""

from __future__ import annotations

from typing import Literal, Sequence, get_args

from skd_plugin.structures.algebra.errors import LabelMismatch

Policy = Literal["error", "renormalize"]


def common_labels(teacher: tuple[str, ...], student: tuple[str, ...], policy: Policy) -> tuple[str, ...]:
    """
    The labels that teacher and student both have, in the student's order.

    `policy` says what happens to labels that only the teacher has: "error" refuses them, "renormalize" conditions the
    teacher on structures without them. Labels that only the student has are allowed; they are expected 0 times.

    Raises `LabelMismatch` if there are no common labels, or if the policy is "error" and the student lacks a label.
    """
    if policy not in get_args(Policy):
        raise ValueError(f"The label policy is {policy!r}; choose one of {', '.join(get_args(Policy))}.")
    teacher_labels = set(teacher)
    common = tuple(label for label in student if label in teacher_labels)
    missing = sorted(teacher_labels - set(student))
    if not common:
        raise LabelMismatch(
            f"Teacher and student have no label in common. Teacher: {', '.join(teacher)}. "
            f"Student: {', '.join(student)}. Labels are aligned by their names: train one of the two on data that has "
            "the other's names."
        )
    if missing and policy == "error":
        raise LabelMismatch(
            f"The teacher has labels that the student lacks: {', '.join(missing)}. "
            f"Teacher: {', '.join(teacher)}. Student: {', '.join(student)}. "
            "Train the student with these labels in its vocabulary, or choose the label policy 'renormalize' to "
            "condition the teacher on the labels that both have."
        )
    return common


def common_relations(teacher: tuple[str, ...], student: tuple[str, ...], policy: Policy) -> tuple[str, ...]:
    """
    The relations that two parsers have in common, as in `common_labels`. A student without relations learns the heads
    alone, so it has none in common with any teacher.

    Raises `LabelMismatch` also if only the teacher has no relations.
    """
    if not student:
        return ()
    if not teacher:
        raise LabelMismatch(
            f"The teacher's parses have no relations, but the student's have: {', '.join(student)}. "
            "Train a teacher with relations, or an unlabelled student."
        )
    return common_labels(teacher, student, policy)


def positions(names: Sequence[str], labels: Sequence[str]) -> list[int]:
    """The position of each name in `labels`; −1 for a name that is not one of them."""
    index = {label: position for position, label in enumerate(labels)}
    return [index.get(name, -1) for name in names]
