"""
Teachers that know only some of a student's labels: about the others they say nothing.

Such a teacher is compared with the student conditioned on the structures that have known labels alone, P_s(y|y ∈ Y_t).
The conditional distribution has the student's own scores and a smaller log Z, so the cross-entropy stays exact, and no
gradient reaches how probable the unknown labels are. With several such teachers the loss is the weighted sum, one term
for each set of known labels. A student that satisfies all of them exists whenever they agree on what they share.
"""

from __future__ import annotations

from skd_plugin.structures.algebra.factorization import Factorization
from skd_plugin.structures.projections.renaming import label_names
from skd_plugin.structures.sequences import bioul
from skd_plugin.structures.sequences.labeling import Labeling
from skd_plugin.structures.spans.span_factored import SpanFactored
from skd_plugin.structures.trees.arc_factored import ArcFactored


def known_labels(teacher: Factorization, student: Factorization) -> tuple[str, ...]:
    """
    The student's labels that the teacher knows, in the student's order: all tags of known types of entities, known
    relations, or known labels. All of them if the two have none in common, which other functions refuse.

    A student that parses by labels of words, or in second order, counts as known whole: it has no conditional
    distribution of its own class. Relations that the teacher lacks are expected 0 times there.
    """
    names = set(label_names(teacher))
    if isinstance(student, Labeling) and bioul.is_bioul(student.labels):
        known = tuple(label for label in student.labels if label == "O" or label[2:] in names)
        return known if len(known) > known.count("O") else student.labels
    if isinstance(student, (Labeling, SpanFactored, ArcFactored)):
        return tuple(label for label in student.labels if label in names) or student.labels
    return student.labels


def with_labels(student: Factorization, labels: tuple[str, ...]) -> Factorization:
    """
    The student conditioned on structures with these of its labels, which `known_labels` has returned; differentiable.
    """
    if labels == student.labels:
        return student
    assert isinstance(student, (Labeling, SpanFactored, ArcFactored))
    return student.restricted(labels)
