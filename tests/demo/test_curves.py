"""The picture is drawn from what the runs recorded."""

import json

import pytest
from matplotlib import image

from demo.curves import draw, spread
from demo.tasks import TASKS
from demo.training import CURVE


def test_draw(tmp_path):
    for task in TASKS:
        for scale, system in enumerate(task.systems, start=1):
            curve = [{"updates": 40 * epoch, "score": epoch / 10 / scale} for epoch in range(1, 6)]
            directory = task.directory(tmp_path, system)
            directory.mkdir(parents=True)
            (directory / CURVE).write_text(json.dumps(curve))
    draw(TASKS, tmp_path, tmp_path / "curves.png")
    pixels = image.imread(tmp_path / "curves.png")
    assert pixels.shape[0] > 500 and pixels.shape[1] > 1000 * len(TASKS)
    for panel in (pixels[:, : pixels.shape[1] // 2], pixels[:, pixels.shape[1] // 2 :]):
        assert len({tuple(pixel) for row in panel[::3] for pixel in row[::3]}) > 10, "nothing was drawn"


@pytest.mark.parametrize(
    "heights, expected",
    [([80, 50, 70], [80, 50, 70]), ([80, 81, 50], [79, 81, 50]), ([7, 7, 7], [7, 5, 3]), ([], [])],
)
def test_spread(heights, expected):
    assert spread(heights, gap=2) == expected
