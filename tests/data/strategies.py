"""What hypothesis draws for the readers' tests."""

from itertools import chain
from typing import List

from hypothesis import strategies as st


def span(type_and_length) -> List[str]:
    type_, length = type_and_length
    if type_ is None:
        return ["O"] * length
    return ["U-" + type_] if length == 1 else ["B-" + type_, *["I-" + type_] * (length - 2), "L-" + type_]


spans = st.tuples(st.sampled_from([None, "X", "Y", "a-b"]), st.integers(1, 4))
bioul = st.lists(spans, min_size=1, max_size=8).map(lambda drawn: list(chain(*map(span, drawn))))
