import pytest

from skd_plugin.doctor.wording import count, counted, duration, listed, size


def test_numbers_of_things():
    assert (count(1, "step"), count(2000, "step")) == ("1 step", "2,000 steps")


def test_many_names_are_not_all_listed():
    assert listed(list("abcdefghijk")) == "a, b, c, d, e, f, g, h and 3 more"
    assert counted({"rare": 1, "often": 2000, "alike": 1}) == "often 2,000, alike 1, rare 1"


@pytest.mark.parametrize("num_bytes, text", [(950, "0.9 kB"), (2.5e6, "2.5 MB"), (3.2e10, "32.0 GB")])
def test_sizes(num_bytes, text):
    assert size(num_bytes) == text


@pytest.mark.parametrize(
    "seconds, text",
    [(0.2, "less than a second"), (100, "100 s"), (150, "2 min"), (3 * 3600, "3 h"), (3 * 86400, "3 days")],
)
def test_durations(seconds, text):
    assert duration(seconds) == text
