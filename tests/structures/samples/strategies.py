"""Hypothesis strategies: lengths, label sets and scales are drawn and shrunk, the scores are seeded."""

from typing import Tuple, Type

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from skd_plugin.structures import Factorization, IndependentSpans, Parsing
from tests.structures.samples.arc_tables import COMPLETE
from tests.structures.samples.sample import BIOUL, PLAIN, RELATIONS, TYPES, Sample, random_sample

Labels = Tuple[str, ...]

MAX_WORDS = 5
MAX_WORDS_OF_TAGS = 4
MAX_WORDS_OF_MANY_STRUCTURES = 3
MAX_LABELS = 4
MAX_SCALE = 30.0

# Contract tests are inherited, so several classes run one test function.
deterministic = settings(
    derandomize=True, deadline=None, max_examples=15, suppress_health_check=[HealthCheck.differing_executors]
)

seeds = st.integers(0, 2**16)
scales = st.floats(0.1, MAX_SCALE)
temperatures = st.floats(0.3, 10.0)
reaches = st.sampled_from([1, 2, COMPLETE])
plain_labels = st.integers(1, MAX_LABELS).map(lambda size: PLAIN[:size])
entity_types = st.lists(st.sampled_from(TYPES), min_size=1, max_size=len(TYPES), unique=True).map(tuple)
relations = st.integers(1, len(RELATIONS)).map(lambda size: RELATIONS[:size])


def lengths_for(*sides: Tuple[Type[Factorization], Labels]) -> st.SearchStrategy[list]:
    """Lengths of sentences whose structures can be enumerated for all of these classes with these labels."""
    longest = min(_longest(kind, labels) for kind, labels in sides)
    return st.lists(st.integers(1, longest), min_size=1, max_size=3)


def _longest(kind: Type[Factorization], labels: Labels) -> int:
    if kind is IndependentSpans or (labels and issubclass(kind, Parsing)):
        return MAX_WORDS_OF_MANY_STRUCTURES
    return MAX_WORDS_OF_TAGS if "O" in labels else MAX_WORDS


def bioul_labels() -> st.SearchStrategy[Labels]:
    """BIOUL label sets in any order, some without the tags that would complete an entity; O is always there."""
    others = [label for label in BIOUL if label != "O"] + ["B-Y", "L-Y"]
    return st.lists(st.sampled_from(others), min_size=1, max_size=MAX_LABELS, unique=True).flatmap(
        lambda chosen: st.permutations(["O", *chosen]).map(tuple)
    )


@st.composite
def samples(draw, kind: Type[Factorization], labels: st.SearchStrategy[Labels] = plain_labels) -> Sample:
    chosen = draw(labels)
    return random_sample(kind, draw(seeds), draw(lengths_for((kind, chosen))), chosen, draw(scales), draw(reaches))
