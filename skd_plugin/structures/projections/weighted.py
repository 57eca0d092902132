"""
N-best lists as teachers of every student of their kind: P_t(u|x) = Σ_r w_r · 1[u ∈ y_r] of any parts u.

Conditioning drops the structures that the student cannot produce, and writes the others as the student does.
"""

from __future__ import annotations

from typing import Any, NamedTuple, Sequence

import torch
from torch import Tensor

from skd_plugin.structures.algebra.errors import LabelMismatch
from skd_plugin.structures.algebra.factorization import Factorization
from skd_plugin.structures.algebra.labels import Policy, common_labels, common_relations
from skd_plugin.structures.algebra.part_spaces import Arcs, ArcTokens, Bigrams, Parts, Spans, Tokens
from skd_plugin.structures.algebra.potentials import FORBIDDEN
from skd_plugin.structures.algebra.structure import Segments, Tree
from skd_plugin.structures.algebra.weighted_structures import WeightedStructures
from skd_plugin.structures.projections.conditioning import (
    Conditioned,
    check_lost,
    check_tags,
    conditioning,
)
from skd_plugin.structures.projections.table import projection
from skd_plugin.structures.projections.translation import spans_of_tags, translated
from skd_plugin.structures.sequences import bioul
from skd_plugin.structures.sequences.constrained_chain import ConstrainedChain
from skd_plugin.structures.sequences.labeling import Labeling
from skd_plugin.structures.sequences.weighted_sequences import WeightedSequences
from skd_plugin.structures.spans.span_factored import SpanFactored
from skd_plugin.structures.spans.weighted_spans import WeightedSpans
from skd_plugin.structures.trees.arc_labels import ArcLabels
from skd_plugin.structures.trees.parsing import Parsing, Support
from skd_plugin.structures.trees.weighted_trees import WeightedTrees, are_projective, are_trees


@projection(WeightedSequences, onto=Tokens)
@projection(WeightedSequences, onto=Bigrams)
@projection(WeightedSequences, onto=Spans)
@projection(WeightedSpans, onto=Tokens)
@projection(WeightedSpans, onto=Bigrams)
@projection(WeightedSpans, onto=Spans)
@projection(WeightedTrees, onto=Arcs)
@projection(WeightedTrees, onto=ArcTokens)
def listed_structures(teacher: WeightedStructures, student: Factorization) -> Parts:
    """N-best list ⇒ any student of its kind: Σ_r w_r · 1[u ∈ y_r]; it has been conditioned on the student's."""
    return teacher.expected_parts(student)


class _ForStudent(NamedTuple):
    """
    One structure of each sentence, as a student has it.

    structure : as its `indicator` accepts it where both of the following hold
    is_named : bool, shape (batch,), whether the student has the labels and the widths for it
    is_allowed : bool, shape (batch,), whether it is well-formed, or a tree, as the student's structures have to be
    """

    structure: Any
    is_named: Tensor
    is_allowed: Tensor


@conditioning(WeightedSequences, student=Labeling)
@conditioning(WeightedSpans, student=Labeling)
def listed_as_tags(teacher: WeightedSequences | WeightedSpans, student: Labeling, policy: Policy) -> Conditioned:
    """Keeps the taggings over the student's labels; of a student with a maximal width, those that keep it."""
    if isinstance(teacher, WeightedSpans):
        check_tags("student", student.labels)
        common_labels(teacher.labels, bioul.types(student.labels), policy)
    else:
        common_labels(teacher.labels, student.labels, policy)
    ranks = [_tags(structure, teacher, student) for structure in teacher.ranks]
    if isinstance(teacher, WeightedSpans):
        drops = not bioul.writable(student.labels, teacher.labels).all() or _is_narrow(student)
    else:
        drops = not set(teacher.labels) <= set(student.labels) or isinstance(student, ConstrainedChain)
    return Conditioned(_conditioned(WeightedSequences, teacher, student, ranks, policy), drops)


@conditioning(WeightedSequences, student=SpanFactored)
@conditioning(WeightedSpans, student=SpanFactored)
def listed_as_spans(teacher: WeightedSequences | WeightedSpans, student: SpanFactored, policy: Policy) -> Conditioned:
    """Keeps the sets of spans of the student's types and widths, and of taggings those that are well-formed."""
    types = teacher.labels
    if isinstance(teacher, WeightedSequences):
        check_tags("teacher", teacher.labels)
        types = bioul.types(teacher.labels)
    common_labels(types, student.labels, policy)
    ranks = [_spans(structure, teacher, student) for structure in teacher.ranks]
    drops = isinstance(teacher, WeightedSequences) or not set(types) <= set(student.labels) or _is_narrow(student)
    return Conditioned(_conditioned(WeightedSpans, teacher, student, ranks, policy), drops)


@conditioning(WeightedTrees, student=Parsing)
def listed_as_trees(teacher: WeightedTrees, student: Parsing, policy: Policy) -> Conditioned:
    """Keeps the parses whose relations, or arc labels, the student has; of a student of trees, those that are trees."""
    common_relations(teacher.labels, student.labels, policy)
    ranks = [_trees(structure, teacher, student) for structure in teacher.ranks]
    lacks_relations = bool(student.labels) and not set(teacher.labels) <= set(student.labels)
    drops = lacks_relations or student.support > Support.HEADS or isinstance(student, ArcLabels)
    return Conditioned(_conditioned(WeightedTrees, teacher, student, ranks, policy), drops)


def _is_narrow(student: Factorization) -> bool:
    """Whether some spans of the sentences are too wide for the student."""
    width = student.max_width if isinstance(student, (ConstrainedChain, SpanFactored)) else None
    return width is not None and width < student.mask.shape[1]


def _tags(structure: Any, teacher: WeightedStructures, student: Labeling) -> _ForStudent:
    ids, mask = translated(structure, teacher, student), student.mask
    is_named = ~((ids < 0) & mask).any(1)
    ids = ids.clamp(min=0)
    is_allowed = torch.ones_like(is_named)
    if isinstance(student, ConstrainedChain):
        is_allowed = bioul.well_formed(ids, mask, student.labels)
        if student.max_width is not None:
            spans = spans_of_tags(ids, student.labels, bioul.types(student.labels), mask & is_allowed.unsqueeze(1))
            is_named = is_named & (spans.widths <= student.max_width).all(1)
    return _ForStudent(ids, is_named, is_allowed)


def _spans(structure: Any, teacher: WeightedStructures, student: SpanFactored) -> _ForStudent:
    mask = student.mask
    is_allowed = torch.ones(len(mask), dtype=torch.bool, device=mask.device)
    if not isinstance(structure, Segments):
        is_allowed = bioul.well_formed(structure, mask, teacher.labels)
        structure = structure.masked_fill(~is_allowed.unsqueeze(1), teacher.labels.index("O"))
    widths, types = translated(structure, teacher, student)
    is_named = ((types >= 0) & (widths <= student.max_width)).all(1)
    return _ForStudent(Segments(widths, types.clamp(min=0)), is_named, is_allowed)


def _trees(structure: Tree, teacher: WeightedStructures, student: Parsing) -> _ForStudent:
    mask = student.mask
    heads, relations = translated(structure, teacher, student)
    is_named = torch.ones(len(mask), dtype=torch.bool, device=mask.device)
    if relations is not None:
        is_named = ~((relations < 0) & mask).any(1)
    if isinstance(student, ArcLabels):
        have_a_label = student.indicator(Tree(heads, relations)).tokens.any(-1)
        is_named = is_named & (have_a_label | ~mask).all(1)
    is_allowed = torch.ones_like(is_named)
    if student.support >= Support.TREES:
        is_allowed = are_trees(heads, mask)
    if student.support >= Support.PROJECTIVE_TREES:
        is_allowed = is_allowed & are_projective(heads, mask)
    return _ForStudent(Tree(heads, None if relations is None else relations.clamp(min=0)), is_named, is_allowed)


def _conditioned(
    kind: Any, teacher: WeightedStructures, student: Factorization, ranks: Sequence[_ForStudent], policy: Policy
) -> WeightedStructures:
    is_named, is_allowed = (torch.stack([rank[k] for rank in ranks], 1) for k in (1, 2))
    kept = is_named & is_allowed & teacher.exist
    _check_any(teacher, kept)
    weights = teacher.weights.masked_fill(~kept, FORBIDDEN)
    structures = [rank.structure for rank in ranks]
    parts = [[structure] if isinstance(structure, Tensor) else list(structure) for structure in structures]
    stacked = [
        None if some[0] is None else torch.stack(some, 2).masked_fill(~kept.unsqueeze(1), 0) for some in zip(*parts)
    ]
    conditioned: WeightedStructures = kind(weights, *stacked, teacher.mask, student.labels)
    if policy == "error":
        # Structures that are ill-formed are dropped whatever the policy is, as those of other teachers.
        named = type(teacher).of_potentials(
            weights=teacher.weights.masked_fill(~is_named, FORBIDDEN),
            **dict(zip(teacher.structure_names, teacher._structure)),
            mask=teacher.mask,
            labels=teacher.labels,
        )
        check_lost(
            teacher,
            named,
            "structures that the student cannot write: it lacks a label, or the width of a span",
            "Choose the label policy 'renormalize' to condition the teacher on the others, or train the student with "
            "more labels.",
        )
    return conditioned


def _check_any(teacher: WeightedStructures, kept: Tensor) -> None:
    """Raises `LabelMismatch` if the student can produce no structure of a sentence."""
    none = ~kept.any(1)
    if bool(none.any()):
        worst = int(none.nonzero()[0])
        raise LabelMismatch(
            f"The student can produce none of the teacher's {int(teacher.exist[worst].sum())} structures of a sentence "
            f"(sentence {worst + 1} of the batch, of {int(teacher.lengths[worst])} words): each has a label that the "
            "student lacks, a span that is too wide for it, or is no structure of its kind, such as a tree. Train the "
            "student with more labels, or leave the sentence out."
        )
