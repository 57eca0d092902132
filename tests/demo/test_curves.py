"""The picture is drawn from what the runs recorded."""

import json

import pytest
from matplotlib import image

from demo.curves import draw, spread
from demo.training import CURVE, SYSTEMS


def test_draw(tmp_path):
    for scale, system in enumerate(SYSTEMS, start=1):
        (tmp_path / system.name).mkdir()
        curve = [{"updates": 40 * epoch, "f1": epoch / 10 / scale} for epoch in range(1, 6)]
        (tmp_path / system.name / CURVE).write_text(json.dumps(curve))
    draw({system: tmp_path / system.name for system in SYSTEMS}, tmp_path / "curves.png")
    pixels = image.imread(tmp_path / "curves.png")
    assert pixels.shape[0] > 500 and pixels.shape[1] > 1000
    assert len({tuple(pixel) for row in pixels[::3] for pixel in row[::3]}) > 10, "nothing was drawn"


@pytest.mark.parametrize(
    "heights, expected",
    [([80, 50, 70], [80, 50, 70]), ([80, 81, 50], [79, 81, 50]), ([7, 7, 7], [7, 5, 3]), ([], [])],
)
def test_spread(heights, expected):
    assert spread(heights, gap=2) == expected
