"""Windows cover a sentence, so that each span is taken from one window that has all of its words."""

from hypothesis import given
from hypothesis import strategies as st

from skd_plugin.distillation.teachers.models.gliner.windows import Window, span_windows


@st.composite
def problems(draw):
    """Arguments of `span_windows`."""
    width = draw(st.integers(1, 5))
    pieces = draw(st.lists(st.integers(1, 4), min_size=1, max_size=40))
    return pieces, draw(st.integers(width, 12)), draw(st.integers(4 * width, 30)), width


@given(problems())
def test_each_span_is_within_the_window_from_which_it_is_taken(problem):
    pieces, most_words, most_pieces, width = problem
    windows = span_windows(*problem)
    begins = [first for window in windows for first in range(window.first, window.last)]
    assert begins == list(range(len(pieces)))
    for window in windows:
        assert window.end - window.start <= most_words
        assert sum(pieces[window.start : window.end]) <= most_pieces
        for first in range(window.first, window.last):
            assert window.start <= first
            assert min(first + width, len(pieces)) <= window.end


def test_what_fits_is_read_at_once():
    assert span_windows([2, 1, 1], 3, 4, width=2) == [Window(0, 3, 0, 3)]


def test_in_the_middle_of_an_overlap_spans_pass_from_one_window_to_the_next():
    # Of the words 4 to 7, which both have, the spans from 4 and 5 on have more words before them in the first window.
    assert span_windows([1] * 12, 8, 100, width=1) == [Window(0, 8, 0, 6), Window(4, 12, 6, 12)]


def test_wide_spans_need_a_wider_overlap():
    assert span_windows([1] * 7, 6, 100, width=5) == [Window(0, 6, 0, 2), Window(2, 7, 2, 7)]
