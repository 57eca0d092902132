"""Alignment of two label sets by name: ids are frequency-ordered, so teacher and student rarely number labels alike."""

from __future__ import annotations

from typing import Literal, Sequence, get_args

from skd_plugin.structures.algebra.errors import LabelMismatch

Policy = Literal["error", "renormalize"]


def common_labels(teacher: tuple[str, ...], student: tuple[str, ...], policy: Policy) -> tuple[str, ...]:
    """
    The labels both know, in the student's order.

    `policy` says what becomes of labels that only the teacher knows: "error" refuses them, "renormalize" conditions the
    teacher on structures without them. Labels that only the student knows are allowed; they are expected 0 times.
    """
    if policy not in get_args(Policy):
        raise ValueError(f"The label policy is {policy!r}; choose one of {', '.join(get_args(Policy))}.")
    known = set(teacher)
    common = tuple(label for label in student if label in known)
    foreign = sorted(known - set(student))
    if not common:
        raise LabelMismatch(
            f"Teacher and student have no label in common. Teacher: {', '.join(teacher)}. "
            f"Student: {', '.join(student)}. Labels are aligned by their names: train one of the two on data that has "
            "the other's names."
        )
    if foreign and policy == "error":
        raise LabelMismatch(_message(foreign, teacher, student))
    return common


def common_relations(teacher: tuple[str, ...], student: tuple[str, ...], policy: Policy) -> tuple[str, ...]:
    """The same for parsers: a student without relations learns the heads alone, a teacher without teaches no labels."""
    if not student:
        return ()
    if not teacher:
        raise LabelMismatch(
            f"The teacher's parses have no relations, and the student's have: {', '.join(student)}. "
            "Train a teacher with relations, or an unlabelled student."
        )
    return common_labels(teacher, student, policy)


def positions(names: Sequence[str], labels: Sequence[str]) -> list[int]:
    """Where each name is among the labels; −1 for one that is not there."""
    index = {label: position for position, label in enumerate(labels)}
    return [index.get(name, -1) for name in names]


def _message(foreign: list[str], teacher: tuple[str, ...], student: tuple[str, ...]) -> str:
    return (
        f"The teacher has labels that the student lacks: {', '.join(foreign)}. "
        f"Teacher: {', '.join(teacher)}. Student: {', '.join(student)}. "
        "Train the student with these labels in its vocabulary, or choose the label policy 'renormalize' to condition "
        "the teacher on the labels that both know."
    )
