"""The projection table: P_t(u|x) of the student's parts u, by the teacher's class and the student's part space."""

from __future__ import annotations

from typing import Callable, NamedTuple, TypeVar

from skd_plugin.structures.algebra.errors import NoProjection
from skd_plugin.structures.algebra.factorization import Factorization
from skd_plugin.structures.algebra.part_spaces import Parts

# (conditioned teacher, student) → the teacher's expectation of the student's parts
Projection = Callable[..., Parts]
AnyProjection = TypeVar("AnyProjection", bound=Projection)
# conditioned teacher → the names on the label axis of its expected parts
LabelAxis = Callable[[Factorization], tuple[str, ...]]


class Row(NamedTuple):
    """A projection, and a function that names the labels on the label axis of its result."""

    project: Projection
    label_axis: LabelAxis


_TABLE: dict[tuple[type[Factorization], type[Parts]], Row] = {}


def _own_labels(teacher: Factorization) -> tuple[str, ...]:
    return teacher.labels


def projection(
    teacher: type[Factorization], onto: type[Parts], label_axis: LabelAxis = _own_labels
) -> Callable[[AnyProjection], AnyProjection]:
    """
    Registers the decorated function as the projection of a teacher's class onto a part space.

    # Parameters

    teacher : the exact class of the teacher before it is conditioned
    onto : the student's part space
    label_axis : a function of the conditioned teacher that names the labels on the label axis of the result, by default
        the teacher's own labels. They are aligned with the student's labels by name afterwards
    """

    def register(function: AnyProjection) -> AnyProjection:
        _TABLE[teacher, onto] = Row(function, label_axis)
        registered.__doc__ = f"{registered.__doc__}\n    - {_pair(teacher, onto)}: {function.__name__}"
        return function

    return register


def registered() -> dict[tuple[type[Factorization], type[Parts]], Projection]:
    """
    The projection table, as a copy. The registered pairs:
    """
    return {pair: row.project for pair, row in _TABLE.items()}


def row_of(teacher: Factorization, student: Factorization) -> Row:
    """
    The row of the table for this pair.

    Raises `NoProjection` if there is none, and `ValueError` if the two are not about the same sentences.
    """
    pair = type(teacher), student.parts
    if pair not in _TABLE:
        registered_pairs = "; ".join(_pair(*other) for other in _TABLE)
        raise NoProjection(
            f"No projection of {_pair(*pair)} is registered. Registered pairs: {registered_pairs}. Choose a teacher "
            f"and a student of one of these pairs, or write a projection with @projection({pair[0].__name__}, "
            f"onto={pair[1].__name__})."
        )
    _check_sentences(teacher, student)
    return _TABLE[pair]


def _check_sentences(teacher: Factorization, student: Factorization) -> None:
    if not teacher.mask.equal(student.mask):
        raise ValueError(
            f"The teacher's sentences have {teacher.lengths.tolist()} words and the student's "
            f"{student.lengths.tolist()}; both must read the same sentences, in the same order and with the same "
            "padding."
        )


def _pair(teacher: type[Factorization], onto: type[Parts]) -> str:
    return f"{teacher.__name__} → {onto.__name__}"
