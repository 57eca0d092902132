"""The picture of the training curves."""

import json
from pathlib import Path
from typing import Dict, List, Sequence, Tuple

import matplotlib

matplotlib.use("Agg")
from matplotlib import pyplot  # noqa: E402
from matplotlib.axes import Axes  # noqa: E402
from matplotlib.layout_engine import ConstrainedLayoutEngine  # noqa: E402

from demo.tasks import System, Task  # noqa: E402
from demo.training import CURVE  # noqa: E402

COLORS = {"teacher": "#4d4d4d", "student": "#d97706", "distilled": "#0f766e"}
FLOOR = 40
"""Scores below this, of the first epochs, are not shown, so that the others are spread out."""
LINE = 2.2
"""Height of a line of text, in points of the metric."""
LAYOUT = ConstrainedLayoutEngine(w_pad=0.15, h_pad=0.1)
"""Leaves some space around each panel, in inches."""
Curve = Tuple[List[float], List[float]]


def draw(tasks: Sequence[Task], runs: Path, picture: Path) -> None:
    """Draw the validation metric of every system after each epoch, one panel per task."""
    size = (7.6 * len(tasks), 4.8)
    figure, [panels] = pyplot.subplots(1, len(tasks), squeeze=False, figsize=size, layout=LAYOUT)
    for axes, task in zip(panels, tasks):
        _draw(axes, task, {system: _read(task.directory(runs, system) / CURVE) for system in task.systems})
    figure.savefig(picture, dpi=160)
    pyplot.close(figure)


def _draw(axes: Axes, task: Task, curves: Dict[System, Curve]) -> None:
    for system, (updates, scores) in curves.items():
        axes.plot(updates, scores, color=COLORS[system.name], linewidth=2, marker="o", markersize=3.5)
    _style(axes, f"{task.title}: validation {task.metric} after each epoch")
    _label(axes, curves)


def _read(path: Path) -> Curve:
    points = json.loads(path.read_text(encoding="utf-8"))
    return [point["updates"] for point in points], [100 * point["score"] for point in points]


def _label(axes: Axes, curves: Dict[System, Curve]) -> None:
    """Draw a line from the best epoch of each system, whose model was kept, to the margin, with the system's title."""
    right = max(updates[-1] for updates, _ in curves.values())
    best = {system: max(scores) for system, (_, scores) in curves.items()}
    for (system, score), height in zip(best.items(), spread(list(best.values()), LINE)):
        updates, scores = curves[system]
        color = COLORS[system.name]
        axes.plot([updates[scores.index(score)], right], [score, score], color=color, linestyle=":", linewidth=1.2)
        axes.annotate(
            f"{system.title}  {score:.1f}",
            (right, height),
            (8, 0),
            textcoords="offset points",
            va="center",
            color=color,
            weight="bold",
        )


def spread(heights: List[float], gap: float) -> List[float]:
    """The heights, moved down where that is needed to keep a gap between any two."""
    spread_out = dict.fromkeys(range(len(heights)), 0.0)
    limit = float("inf")
    for index in sorted(spread_out, key=lambda index: -heights[index]):
        spread_out[index] = min(heights[index], limit)
        limit = spread_out[index] - gap
    return list(spread_out.values())


def _style(axes: Axes, title: str) -> None:
    axes.set_title(title, loc="left", fontweight="bold", pad=12)
    axes.set_xlabel("parameter updates")
    axes.xaxis.set_major_formatter("{x:,.0f}")
    axes.set_xlim(left=0)
    axes.set_ylim(FLOOR, 100)
    axes.tick_params(length=0)
    axes.grid(axis="y", color="#e5e5e5")
    axes.spines[["top", "right", "left"]].set_visible(False)
