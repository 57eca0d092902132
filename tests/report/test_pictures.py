"""What is read off a picture: the numbers at its axes."""

import itertools

import pytest
from matplotlib.figure import Figure

from skd_plugin.report import pictures


@pytest.mark.parametrize("side", ["x", "y"])
@pytest.mark.parametrize(
    ("low", "high"), [(1_180, 64_400), (23_000, 31_000), (0.004, 11), (1.3, 3.3), (0.65, 0.78), (0.1, 4), (2e-7, 3e3)]
)
def test_numbers_of_a_logarithmic_axis_do_not_touch_each_other(side: str, low: float, high: float):
    figure = Figure(figsize=(4.6, 1.7) if side == "y" else (4.6, 3.4), layout="constrained")
    axes = figure.subplots()
    axes.plot([low, high] if side == "x" else [1, 2], [low, high] if side == "y" else [1, 2])
    getattr(axes, f"set_{side}scale")("log")
    axis = getattr(axes, f"{side}axis")
    pictures._plain_numbers(axis)
    figure.draw_without_rendering()
    begin, end = sorted(axis.get_view_interval())
    places = [
        label.get_window_extent()
        for value, label in zip(axis.get_majorticklocs(), axis.get_majorticklabels(), strict=True)
        if begin <= value <= end
    ]
    assert len(places) >= 2
    assert not any(one.overlaps(other) for one, other in itertools.combinations(places, 2))
