"""The picture of the training curves."""

import json
from pathlib import Path
from typing import Dict, List, Tuple

import matplotlib

matplotlib.use("Agg")
from matplotlib import pyplot  # noqa: E402
from matplotlib.axes import Axes  # noqa: E402

from demo.training import CURVE, System  # noqa: E402

COLORS = {"teacher": "#4d4d4d", "student": "#d97706", "distilled": "#0f766e"}
FLOOR = 40
"""The first epochs, below this, would press the rest together."""
LINE = 2.2
"""The height of a line of text, in points of F1."""
Curve = Tuple[List[float], List[float]]


def draw(directories: Dict[System, Path], picture: Path) -> None:
    """Validation F1 after each epoch of each system, over the number of updates."""
    figure, axes = pyplot.subplots(figsize=(8, 4.8), layout="constrained")
    curves = {system: _read(directory / CURVE) for system, directory in directories.items()}
    for system, (updates, f1) in curves.items():
        axes.plot(updates, f1, color=COLORS[system.name], linewidth=2, marker="o", markersize=3.5)
    _dress(axes)
    _name(axes, curves)
    figure.savefig(picture, dpi=160)
    pyplot.close(figure)


def _read(path: Path) -> Curve:
    points = json.loads(path.read_text(encoding="utf-8"))
    return [point["updates"] for point in points], [100 * point["f1"] for point in points]


def _name(axes: Axes, curves: Dict[System, Curve]) -> None:
    """Continue each curve to the margin, and write there whose it is and how high it came."""
    right = max(updates[-1] for updates, _ in curves.values())
    ends = {system: f1[-1] for system, (_, f1) in curves.items()}
    for (system, end), height in zip(ends.items(), spread(list(ends.values()), LINE)):
        updates, f1 = curves[system]
        color = COLORS[system.name]
        axes.plot([updates[-1], right], [end, end], color=color, linestyle=":", linewidth=1.2)
        label = f"{system.title}  {max(f1):.1f}"
        axes.annotate(
            label,
            (right, height),
            (8, 0),
            textcoords="offset points",
            va="center",
            color=color,
            weight="bold",
        )


def spread(heights: List[float], gap: float) -> List[float]:
    """The heights, moved down where needed to keep a gap between any two."""
    spread_out = dict.fromkeys(range(len(heights)), 0.0)
    limit = float("inf")
    for index in sorted(spread_out, key=lambda index: -heights[index]):
        spread_out[index] = min(heights[index], limit)
        limit = spread_out[index] - gap
    return list(spread_out.values())


def _dress(axes: Axes) -> None:
    axes.set_title("Validation F1 after each epoch", loc="left", fontweight="bold", pad=12)
    axes.set_xlabel("parameter updates")
    axes.xaxis.set_major_formatter("{x:,.0f}")
    axes.set_xlim(left=0)
    axes.set_ylim(FLOOR, 100)
    axes.tick_params(length=0)
    axes.grid(axis="y", color="#e5e5e5")
    axes.spines[["top", "right", "left"]].set_visible(False)
