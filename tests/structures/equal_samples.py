"""A student that equals its teacher, wherever the student's class has such a member."""

from typing import Tuple, Type

import torch
from torch import Tensor

from skd_plugin.structures import ArcLabels, Factorization, MaxEnt, Parsing

from .arc_tables import COMPLETE
from .pairs import PAIRS, Pair, fixed
from .samples import Sample, random_sample

# Where the teacher's structures are fewer, no student of independent choices is equal.
CAN_BE_EQUAL = [
    (teacher, student)
    for teacher, student in PAIRS
    if teacher is student or not issubclass(teacher, Parsing) or teacher.support <= student.support
]


def equal_samples(pair: Pair, seed: int) -> Tuple[Sample, Sample]:
    """One distribution as the teacher and, conditioned on the student's structures, as the student."""
    teacher, student = fixed(pair, seed)
    if teacher.kind is student.kind:
        return teacher, teacher
    if issubclass(teacher.kind, Parsing):
        return teacher, _with_scores(student, *_dense(teacher))
    independent, _ = fixed((MaxEnt, MaxEnt), seed)
    return tuple(independent if kind is MaxEnt else _without_transitions(kind, independent) for kind in pair)


def _without_transitions(kind: Type[Factorization], independent: Sample) -> Sample:
    silent = random_sample(kind, seed=0, scale=0.0)
    silent.potentials["emissions"] = independent.potentials["scores"]
    return silent


def _dense(teacher: Sample) -> Tuple[Tensor, Tensor]:
    """Arcs and relations of a head selection or a tree distribution that is proportional to the teacher."""
    if teacher.kind is not ArcLabels:
        condensed = teacher.condensed().potentials
        return condensed["arcs"], condensed["relations"]
    batch, n, size = *teacher.mask.shape, len(teacher.labels)
    relations = torch.full((batch, n, n + 1, size), -1e9, dtype=torch.float64)
    for b, i, place in (teacher.tables["heads"] >= 0).nonzero().tolist():
        head, relation = teacher.tables["heads"][b, i, place], teacher.tables["relation_of"][place]
        relations[b, i, head, relation] = teacher.potentials["scores"][b, i, place]
    return relations.logsumexp(-1), relations


def _with_scores(student: Sample, arcs: Tensor, relations: Tensor) -> Sample:
    if student.kind is ArcLabels:
        return _as_arc_labels(student, arcs.unsqueeze(-1) + relations.log_softmax(-1))
    potentials = {name: torch.zeros_like(value) for name, value in student.potentials.items()}
    return Sample(student.kind, {**potentials, "arcs": arcs, "relations": relations}, student.mask, student.labels)


def _as_arc_labels(student: Sample, scores: Tensor) -> Sample:
    complete = random_sample(ArcLabels, 0, student.lengths, student.labels, reach=COMPLETE)
    heads, relation_of = complete.tables["heads"].clamp(min=0), complete.tables["relation_of"]
    flat = heads * len(student.labels) + relation_of
    complete.potentials["scores"] = scores.flatten(2).gather(2, flat)
    return complete
