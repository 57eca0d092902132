"""Hypothesis strategies: lengths, label sets and scales are drawn and shrunk, the scores are seeded."""

from typing import Tuple, Type

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from skd_plugin.structures import Factorization

from .samples import BIOUL, PLAIN, Sample, random_sample

MAX_WORDS = 5
MAX_LABELS = 4
MAX_SCALE = 30.0

# Contract tests are inherited, so several classes run one test function.
deterministic = settings(
    derandomize=True, deadline=None, max_examples=25, suppress_health_check=[HealthCheck.differing_executors]
)

lengths = st.lists(st.integers(1, MAX_WORDS), min_size=1, max_size=3)
seeds = st.integers(0, 2**16)
scales = st.floats(0.1, MAX_SCALE)
temperatures = st.floats(0.3, 10.0)
plain_labels = st.integers(1, MAX_LABELS).map(lambda size: PLAIN[:size])


def bioul_labels() -> st.SearchStrategy[Tuple[str, ...]]:
    """BIOUL label sets in any order, some without the tags that would complete an entity; O is always there."""
    others = [label for label in BIOUL if label != "O"] + ["B-Y", "L-Y"]
    return st.lists(st.sampled_from(others), min_size=1, max_size=MAX_LABELS, unique=True).flatmap(
        lambda chosen: st.permutations(["O", *chosen]).map(tuple)
    )


def samples(
    kind: Type[Factorization], labels: st.SearchStrategy[Tuple[str, ...]] = plain_labels
) -> st.SearchStrategy[Sample]:
    return st.builds(random_sample, st.just(kind), seeds, lengths, labels, scales)
