"""The rows of the projection table as pairs of teacher and student, with random distributions for each."""

from typing import List, Tuple, Type

import pytest
from hypothesis import strategies as st

from skd_plugin.structures import Bigrams, Factorization, Parts, registered

from .brute_force import Enumerated
from .samples import POTENTIALS, Sample, close, random_sample
from .strategies import lengths, plain_labels, scales, seeds

Pair = Tuple[Type[Factorization], Type[Factorization]]


def students_of(parts: Type[Parts]) -> List[Type[Factorization]]:
    """The classes whose parts these are; a test fails for a part space that none of the known classes has."""
    return [kind for kind in POTENTIALS if kind.parts is parts] or [parts]


PAIRS = [(teacher, student) for teacher, parts in registered() for student in students_of(parts)]
every_pair = pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: " to ".join(k.__name__ for k in pair))


@st.composite
def teacher_and_student(draw, pair: Pair) -> Tuple[Sample, ...]:
    """Two random distributions over the same sentences and labels."""
    shape = draw(lengths), draw(plain_labels)
    return tuple(random_sample(kind, draw(seeds), *shape, draw(scales)) for kind in pair)


def fixed(pair: Pair, seed: int = 0, **keywords) -> Tuple[Sample, ...]:
    """The same, always the same."""
    return tuple(random_sample(kind, seed + side, **keywords) for side, kind in enumerate(pair))


def exact_cross_entropy(teacher: List[Enumerated], student: List[Enumerated]) -> List[float]:
    return [one.cross_entropy(other) for one, other in zip(teacher, student)]


def check_parts(actual: Parts, enumerated: List[Enumerated]) -> None:
    """Asserts that expected parts are those of the enumerated distributions, and zero on padding."""
    for index, sentence in enumerate(enumerated):
        n = len(sentence.token_marginals)
        close(actual.tokens[index, :n], sentence.token_marginals)
        assert not actual.tokens[index, n:].any()
        if isinstance(actual, Bigrams):
            close(actual.transitions[index], sentence.transitions)
