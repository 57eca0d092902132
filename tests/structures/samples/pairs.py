"""The rows of the projection table as pairs of teacher and student, with random distributions for each."""

from typing import Any, Dict, List, Sequence, Tuple, Type

import pytest
from hypothesis import strategies as st

from skd_plugin.structures import (
    ArcLabels,
    ConstrainedChain,
    Factorization,
    Parsing,
    Parts,
    WeightedStructures,
    cross_entropy,
    registered,
)
from skd_plugin.structures.spans.span_factored import SpanFactored
from tests.structures.oracles.brute_force import Enumerated
from tests.structures.samples.kinds import POTENTIALS
from tests.structures.samples.sample import LENGTHS, TAGS, TYPES, Sample, close, default_labels, random_sample
from tests.structures.samples.strategies import (
    bioul_labels,
    entity_types,
    lengths_for,
    plain_labels,
    reaches,
    relations,
    scales,
    seeds,
)

Pair = Tuple[Type[Factorization], Type[Factorization]]


def students_of(parts: Type[Parts]) -> List[Type[Factorization]]:
    """
    The classes that have these parts. For a part space without such a class it is the part space itself, so that the
    tests of its rows fail with the hint of `axes_of`.
    """
    return [kind for kind in POTENTIALS if kind.parts is parts] or [parts]


# Lists of structures are tested in test_weighted.py: they have no scores of parts that could be random.
PAIRS = [
    (teacher, student)
    for teacher, parts in registered()
    if not issubclass(teacher, WeightedStructures)
    for student in students_of(parts)
]
PARSERS = [pair for pair in PAIRS if issubclass(pair[0], Parsing)]


def is_of_spans(kind: Type[Factorization]) -> bool:
    return issubclass(kind, SpanFactored)


def is_of_entities(kinds: Sequence[Type[Factorization]]) -> bool:
    """Whether the labels of these classes must be BIOUL tags and types of spans."""
    return any(is_of_spans(kind) or kind is ConstrainedChain for kind in kinds)


ENTITIES = [pair for pair in PAIRS if is_of_entities(pair)]


def parametrized(pairs: List[Pair]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("pair", pairs, ids=lambda pair: " to ".join(kind.__name__ for kind in pair))


def representatives(pairs: List[Pair]) -> List[Pair]:
    """
    The first pair for each projection function and class of student.

    These two determine the row of the conditioning table and the label axis. So a property of the rows, of the student
    or of the code around the tables is tested on these pairs; the numbers are tested on all pairs, by enumeration.
    """
    chosen: Dict[Tuple[Any, Type[Factorization]], Pair] = {}
    for teacher, student in pairs:
        chosen.setdefault((registered()[teacher, student.parts], student), (teacher, student))
    return list(chosen.values())


every_pair = parametrized(PAIRS)
every_projection_and_student = parametrized(representatives(PAIRS))
every_student = parametrized(list({student: (teacher, student) for teacher, student in PAIRS}.values()))


@st.composite
def teacher_and_student(draw, pair: Pair) -> Tuple[Sample, ...]:
    """Two random distributions over the same sentences and labels. One or both parsers may have no relations."""
    labels = draw(_labels_of(pair))
    shape = draw(lengths_for(*zip(pair, labels)))
    return tuple(
        random_sample(kind, draw(seeds), shape, own, draw(scales), draw(reaches)) for kind, own in zip(pair, labels)
    )


def fixed(kinds: Sequence[Type[Factorization]], seed: int = 0, **keywords) -> Tuple[Sample, ...]:
    """Random distributions with fixed seeds over the same sentences: a teacher or several, and a student."""
    has_many_structures = is_of_entities(kinds) or any(issubclass(kind, Parsing) for kind in kinds)
    keywords = {"lengths": (3, 1, 2) if has_many_structures else LENGTHS, **keywords}
    return tuple(
        random_sample(kind, seed + k, labels=fixed_labels(kind, kinds), **keywords) for k, kind in enumerate(kinds)
    )


def fixed_labels(kind: Type[Factorization], kinds: Sequence[Type[Factorization]]) -> Tuple[str, ...]:
    """The labels of one of several classes that teach one another; all BIOUL tags of the types if they are tags."""
    if not is_of_entities(kinds):
        return default_labels(kind)
    return TYPES if is_of_spans(kind) else TAGS


def conditioned(teacher: Sample, student: Sample) -> List[Enumerated]:
    """The teacher conditioned on the structures of the student."""
    return [one.conditioned_on(other) for one, other in zip(teacher.enumerate(), student.enumerate())]


def exact_cross_entropy(teacher: List[Enumerated], student: List[Enumerated]) -> List[float]:
    return [one.cross_entropy(other) for one, other in zip(teacher, student)]


def equals_enumeration(teacher_kind: Type[Factorization], student_kind: Type[Factorization]) -> None:
    """Asserts that the cross-entropy of a random teacher and student equals the sum over all structures."""
    teacher, student = fixed((teacher_kind, student_kind), seed=90)
    exact = exact_cross_entropy(conditioned(teacher, student), student.enumerate())
    close(cross_entropy(teacher.build(), student.build(), "renormalize"), exact)


def _labels_of(pair: Pair) -> st.SearchStrategy:
    if pair in ENTITIES:
        sides = [entity_types if is_of_spans(kind) else bioul_labels() for kind in pair]
        return st.tuples(*sides).filter(_have_more_than_o_in_common)
    if pair not in PARSERS:
        return plain_labels.map(lambda labels: (labels, labels))
    choices = [relations.map(lambda labels: (labels, labels))]
    if pair[1] is not ArcLabels:
        choices.append(relations.map(lambda labels: (labels, ())))
    if ArcLabels not in pair:
        choices.append(st.just(((), ())))
    return st.one_of(choices)


def _have_more_than_o_in_common(labels: Tuple[Tuple[str, ...], Tuple[str, ...]]) -> bool:
    """Whether two sets of tags, two sets of types, or a set of tags and a set of types have a type in common."""
    teacher, student = labels
    if ("O" in teacher) != ("O" in student):
        teacher, student = ([label.split("-")[-1] for label in side] for side in labels)
    return bool({*teacher} & {*student} - {"O"})
