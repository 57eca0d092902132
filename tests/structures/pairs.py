"""The rows of the projection table as pairs of teacher and student, with random distributions for each."""

from typing import List, Tuple, Type

import pytest
from hypothesis import strategies as st

from skd_plugin.structures import ArcLabels, Factorization, Parsing, Parts, registered

from .brute_force import Enumerated
from .kinds import POTENTIALS
from .samples import LENGTHS, Sample, random_sample
from .strategies import lengths_for, plain_labels, reaches, relations, scales, seeds

Pair = Tuple[Type[Factorization], Type[Factorization]]


def students_of(parts: Type[Parts]) -> List[Type[Factorization]]:
    """The classes whose parts these are; a test fails for a part space that none of the known classes has."""
    return [kind for kind in POTENTIALS if kind.parts is parts] or [parts]


PAIRS = [(teacher, student) for teacher, parts in registered() for student in students_of(parts)]
PARSERS = [pair for pair in PAIRS if issubclass(pair[0], Parsing)]


def parametrized(pairs: List[Pair]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("pair", pairs, ids=lambda pair: " to ".join(kind.__name__ for kind in pair))


every_pair = parametrized(PAIRS)


@st.composite
def teacher_and_student(draw, pair: Pair) -> Tuple[Sample, ...]:
    """Two random distributions over the same sentences and labels; of parsers, one or both may be without relations."""
    labels = draw(_labels_of(pair))
    shape = draw(lengths_for(pair[0], labels[0]))
    return tuple(
        random_sample(kind, draw(seeds), shape, own, draw(scales), draw(reaches)) for kind, own in zip(pair, labels)
    )


def fixed(pair: Pair, seed: int = 0, **keywords) -> Tuple[Sample, ...]:
    """The same, always the same."""
    keywords = {"lengths": (3, 1, 2) if pair in PARSERS else LENGTHS, **keywords}
    return tuple(random_sample(kind, seed + side, **keywords) for side, kind in enumerate(pair))


def conditioned(teacher: Sample, student: Sample) -> List[Enumerated]:
    """The teacher conditioned on the structures of the student."""
    return [one.conditioned_on(other) for one, other in zip(teacher.enumerate(), student.enumerate())]


def exact_cross_entropy(teacher: List[Enumerated], student: List[Enumerated]) -> List[float]:
    return [one.cross_entropy(other) for one, other in zip(teacher, student)]


def _labels_of(pair: Pair) -> st.SearchStrategy:
    if pair not in PARSERS:
        return plain_labels.map(lambda labels: (labels, labels))
    choices = [relations.map(lambda labels: (labels, labels))]
    if pair[1] is not ArcLabels:
        choices.append(relations.map(lambda labels: (labels, ())))
    if ArcLabels not in pair:
        choices.append(st.just(((), ())))
    return st.one_of(choices)
