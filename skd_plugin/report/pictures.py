"""The pictures of a report, as SVG that stands in a page: text in the page's font and colour, lines in both themes."""

import math
import re
from io import StringIO
from typing import Any, Dict, Mapping, Optional

MISSING = "There are no pictures, because matplotlib is not installed: pip install 'skd_plugin[plots]'."

COLOURS = ("#0077bb", "#d9820a", "#9a6fb0", "#17a08c", "#c8478c", "#7f7f7f")
"""Readable on white and on black, and with markers of their own for those who do not tell them apart."""

_MARKERS = "osD^vP"
_INK = "#010203"
"""Stands for the colour of the page's text while matplotlib draws."""

_WIDTH = 4.8
"""Inches. On a phone the page makes it smaller, and the text has to stay readable."""

_STYLE: Any = {
    "svg.fonttype": "none",
    "font.family": "sans-serif",
    "font.size": 10,
    "text.color": _INK,
    "axes.edgecolor": _INK,
    "axes.labelcolor": _INK,
    "xtick.color": _INK,
    "ytick.color": _INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlesize": 10,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": "#808080",
    "grid.alpha": 0.35,
    "grid.linewidth": 0.5,
    "legend.frameon": False,
    "legend.fontsize": 9.5,
}


def draw(report: Mapping[str, Any]) -> Dict[str, str]:
    """SVG by the names of the pictures: those that have something to show, and none without matplotlib."""
    try:
        import matplotlib
    except ImportError:
        return {}
    pictures = {"scores": _scores, "speed": _speed, "curves": _curves}
    with matplotlib.rc_context(_STYLE):
        drawn = {name: make(report) for name, make in pictures.items()}
        for kind in ("tags", "entities", "arcs"):
            drawn[f"calibration_{kind}"] = _reliability(report, kind)
        return {name: _svg(figure, name) for name, figure in drawn.items() if figure is not None}


def _figure(height: float, panels: int = 1) -> Any:
    """A figure and its axes, one above the other, without the global state of `pyplot`."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(_WIDTH, height), layout="constrained")
    return figure, figure.subplots(panels, 1, squeeze=False)[:, 0]


def _svg(figure: Any, name: str) -> str:
    import matplotlib

    text = StringIO()
    with matplotlib.rc_context({"svg.hashsalt": name}):
        figure.savefig(text, format="svg", transparent=True, metadata={"Date": None})
    svg = text.getvalue()
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.S)
    # Several pictures are in one page, where an id is given once.
    svg = re.sub(r'\bid="', f'id="{name}-', svg)
    svg = re.sub(r'href="#', f'href="#{name}-', svg)
    svg = svg.replace("url(#", f"url(#{name}-")
    # The size is that of the page, as far as there is room.
    svg = re.sub(r'<svg ([^>]*?)width="([\d.]+)pt" height="[\d.]+pt"', r'<svg style="max-width:\2pt" \1', svg, count=1)
    return svg.replace(_INK, "currentColor")


def _scores(report: Mapping[str, Any]) -> Optional[Any]:
    """Each system's score with its interval, and the score of each run."""
    systems, measure = report["systems"], report["measure"]
    figure, (axes,) = _figure(0.75 + 0.42 * len(systems))
    for place, system in enumerate(systems):
        score, colour = system["scores"][measure], COLOURS[place % len(COLOURS)]
        axes.plot([100 * score["low"], 100 * score["high"]], [place, place], color=colour, linewidth=2.5)
        axes.plot(100 * score["value"], place, _MARKERS[place % len(_MARKERS)], color=colour, markersize=7)
        runs = [100 * run for run in score["runs"]]
        if len(runs) > 1:
            axes.plot(runs, [place + 0.25] * len(runs), "|", color=colour, markersize=6)
    axes.set_yticks(range(len(systems)), [_escaped(system["name"]) for system in systems])
    axes.set_ylim(len(systems) - 0.5, -0.5)
    axes.set_xlabel(f"{measure}, with 95 % interval; strokes: seeds")
    axes.grid(axis="y", visible=False)
    return figure


def _speed(report: Mapping[str, Any]) -> Optional[Any]:
    """Quality against words per second."""
    systems = [(place, system) for place, system in enumerate(report["systems"]) if system["speed"]]
    if not systems:
        return None
    measure = report["measure"]
    figure, (axes,) = _figure(3.4)
    for place, system in systems:
        score, speed = system["scores"][measure], system["speed"]["fastest"]
        colour, marker = COLOURS[place % len(COLOURS)], _MARKERS[place % len(_MARKERS)]
        axes.plot([speed, speed], [100 * score["low"], 100 * score["high"]], color=colour, linewidth=1.5)
        axes.plot(speed, 100 * score["value"], marker, color=colour, markersize=8, label=_escaped(system["name"]))
    axes.set_xscale("log")
    axes.margins(x=0.2)
    axes.set_xlabel("words per second (logarithmic)")
    axes.set_ylabel(measure)
    _plain_numbers(axes.xaxis)
    _legend(figure, axes)
    return figure


def _plain_numbers(axis: Any) -> None:
    """On a logarithmic axis with all of its data, in place of powers of ten. Labels do not touch each other."""
    from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullFormatter

    low, high = axis.get_view_interval()
    decades = math.log10(high / low)
    if decades < 1:
        axis.set_major_locator(MaxNLocator(4))
    else:
        axis.set_major_locator(LogLocator(subs=(1, 2, 5) if decades < 1.6 else (1,), numticks=6))
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.10g}"))
    axis.set_minor_formatter(NullFormatter())


def _reliability(report: Mapping[str, Any], kind: str) -> Optional[Any]:
    """The share that is right against the probability, for each system."""
    systems = [(place, one) for place, one in enumerate(report["systems"]) if one["calibration"].get(kind)]
    systems = [(place, one) for place, one in systems if one["calibration"][kind]["bins"]]
    if not systems:
        return None
    figure, (axes,) = _figure(4.6)
    axes.plot([0, 1], [0, 1], color="#808080", linewidth=1, linestyle="--")
    for place, system in systems:
        bins = system["calibration"][kind]["bins"]
        axes.plot(
            [one["probability"] for one in bins],
            [one["right"] for one in bins],
            marker=_MARKERS[place % len(_MARKERS)],
            color=COLOURS[place % len(COLOURS)],
            markersize=4,
            linewidth=1.2,
            label=_escaped(system["name"]),
        )
    axes.set_xlim(-0.02, 1.02)
    axes.set_ylim(-0.02, 1.02)
    axes.set_aspect("equal")
    axes.set_xlabel(f"probability of the {kind}")
    axes.set_ylabel("share that is right")
    _legend(figure, axes)
    return figure


def _curves(report: Mapping[str, Any]) -> Optional[Any]:
    """One panel for each metric; the seeds of a system have its colour."""
    from matplotlib.ticker import MaxNLocator

    from skd_plugin.report.curves import TITLES

    names = [name for name in TITLES if any(name in system["curves"] for system in report["systems"])]
    if not names:
        return None
    figure, panels = _figure(0.8 + 1.7 * len(names), len(names))
    for name, axes in zip(names, panels):
        for place, system in enumerate(report["systems"]):
            for number, values in enumerate(system["curves"].get(name, [])):
                label = None if number else _escaped(system["name"])
                colour = COLOURS[place % len(COLOURS)]
                axes.plot(range(1, len(values) + 1), values, color=colour, linewidth=1.2, label=label)
        axes.set_title(TITLES[name], loc="left")
        if name.endswith(("loss", "kl")) and all(min(line.get_ydata()) > 0 for line in axes.get_lines()):
            # The first epochs are far above the others.
            axes.set_yscale("log")
            _plain_numbers(axes.yaxis)
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    panels[-1].set_xlabel("epoch")
    _legend(figure, *panels)
    return figure


def _legend(figure: Any, *panels: Any) -> None:
    """The systems of all panels, below them."""
    lines = {label: line for axes in panels for line, label in zip(*axes.get_legend_handles_labels())}
    figure.legend(lines.values(), lines.keys(), loc="outside lower center", ncols=1 if len(lines) < 4 else 2)


def _escaped(name: str) -> str:
    """A name as matplotlib draws it as it is: between dollar signs it would be a formula."""
    return name.replace("$", r"\$")
