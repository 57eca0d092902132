"""Students that equal their teacher, for the pairs for which such a student exists."""

from dataclasses import replace
from typing import Tuple, Type

import numpy as np
import torch
from torch import Tensor

from skd_plugin.structures import ArcLabels, ConstrainedChain, Factorization, FlatSpans, MaxEnt, Parsing
from tests.structures.samples.arc_tables import COMPLETE
from tests.structures.samples.pairs import ENTITIES, PAIRS, PARSERS, Pair, fixed, is_of_spans
from tests.structures.samples.sample import TAGS, TYPES, Sample, random_sample


def _can_be_equal(pair: Pair) -> bool:
    """Whether the student has no structures that the teacher lacks: it would give them some probability."""
    teacher, student = pair
    if pair in PARSERS:
        return teacher is student or teacher.support <= student.support
    return teacher is student or pair not in ENTITIES or student in (ConstrainedChain, FlatSpans)


CAN_BE_EQUAL = [pair for pair in PAIRS if _can_be_equal(pair)]


def equal_samples(pair: Pair, seed: int) -> Tuple[Sample, Sample]:
    """A teacher, and the student that equals it when it is conditioned on the student's structures."""
    teacher, student = fixed(pair, seed)
    if teacher.kind is student.kind:
        return teacher, teacher
    if issubclass(teacher.kind, Parsing):
        return teacher, _with_scores(student, *_dense(teacher))
    if all(is_of_spans(kind) for kind in pair):
        return teacher, replace(teacher, kind=student.kind)
    tags = TAGS if pair in ENTITIES else teacher.labels
    independent = random_sample(MaxEnt, seed, teacher.lengths, tags)
    return tuple(_from_independent(kind, independent) for kind in pair)


def _from_independent(kind: Type[Factorization], independent: Sample) -> Sample:
    """A distribution of independent words as a sample of this class, conditioned on the structures of the class."""
    if kind is MaxEnt:
        return independent
    if is_of_spans(kind):
        return _spans_of_independent(kind, independent)
    silent = random_sample(kind, 0, independent.lengths, independent.labels, scale=0.0, reach=COMPLETE)
    silent.potentials["emissions"] = independent.potentials["scores"]
    return silent


def _spans_of_independent(kind: Type[Factorization], independent: Sample) -> Sample:
    """Spans with s(i, j, t) = Σ (score of the span's tag − score of O) over the words of the span."""
    spans = random_sample(kind, 0, independent.lengths, TYPES, reach=COMPLETE)
    scores = independent.potentials["scores"]
    above = scores - scores[..., [TAGS.index("O")]]
    for i, w, t in np.ndindex(*spans.potentials["scores"].shape[1:]):
        prefixes = "U" if w == 0 else "B" + "I" * (w - 1) + "L"
        words = list(zip(range(i, scores.shape[1]), prefixes))
        spans.potentials["scores"][:, i, w, t] = sum(above[:, j, TAGS.index(f"{p}-{TYPES[t]}")] for j, p in words)
    return spans


def _dense(teacher: Sample) -> Tuple[Tensor, Tensor]:
    """Arcs and relations of a head selection or a tree distribution that is proportional to the teacher."""
    if teacher.kind is not ArcLabels:
        as_teacher = teacher.as_teacher().potentials
        return as_teacher["arcs"], as_teacher["relations"]
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
