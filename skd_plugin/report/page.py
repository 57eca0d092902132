"""The report as a page that needs no other file, and as Markdown, from templates."""

import re
from typing import Any, Dict, List, Mapping, Optional

import jinja2
from markupsafe import Markup

from skd_plugin.compat.templates import template_environment
from skd_plugin.report.pictures import MISSING

MANY_ROWS = 12
"""A table of more rows shows the first ones, and folds the others."""

_FEW = 20
"""Groups of fewer gold items are grey: their scores are chance."""


def as_html(report: Mapping[str, Any], pictures: Mapping[str, str]) -> str:
    """The page. What comes from data is escaped, if displacy or matplotlib has not done so."""
    safe = {name: Markup(svg) for name, svg in pictures.items()}
    return _environment(autoescape=True).get_template("report.html").render(_context(report), pictures=safe)


def as_markdown(report: Mapping[str, Any]) -> str:
    """The tables, without pictures."""
    return _environment(autoescape=False).get_template("report.md").render(_context(report))


def _environment(autoescape: bool) -> jinja2.Environment:
    environment = template_environment("skd_plugin.report", autoescape)
    environment.filters.update(
        percent=_percent, points=_points, number=_number, duration=_duration, cell=_cell, p=_p, decimal=_decimal
    )
    return environment


def _context(report: Mapping[str, Any]) -> Dict[str, Any]:
    systems = report["systems"]
    return {
        **report,
        "names": [system["name"] for system in systems],
        "students": [system["name"] for system in systems if system["difference"] is not None],
        "answers": answers(report),
        "many": MANY_ROWS,
        "few": _FEW,
        "missing": MISSING,
        "kinds": [kind for kind in ("tags", "entities", "arcs") if any(kind in one["calibration"] for one in systems)],
        "command_runs": sum(len(system["runs"]) for system in systems),
    }


def answers(report: Mapping[str, Any]) -> List[str]:
    """What the numbers say of each student, in a sentence or two."""
    measure, baseline, teacher = report["measure"], report["baseline"], report["teacher"]
    result = []
    for system in report["systems"]:
        gain = system["difference"]
        if gain is None:
            continue
        interval = f"95 % interval {_points(gain['low'])} to {_points(gain['high'])}, p {_p(gain['p'])}"
        if gain["p"] < 0.05:
            word = "better" if gain["value"] > 0 else "worse"
            text = f"{system['name']} is {word} than {baseline}: {_points(gain['value'])} {measure} ({interval})."
        else:
            text = (
                f"Whether {system['name']} is better than {baseline} is open: {_points(gain['value'])} {measure} "
                f"({interval})."
            )
        closed = system["gap_closed"]
        if closed is not None:
            text += (
                f" That is {_percent(closed['value'], 0)} % of its distance to {teacher} ({_percent(closed['low'], 0)} "
                f"to {_percent(closed['high'], 0)} %)."
            )
        result.append(text)
    if not result:
        best = max(report["systems"], key=lambda one: one["scores"][measure]["value"])
        score = best["scores"][measure]
        result.append(f"{best['name']} has the highest {measure}: {_percent(score['value'])}.")
    return result


def _percent(value: Optional[float], digits: int = 1) -> str:
    return "–" if value is None else f"{100 * value:.{digits}f}"


def _points(value: Optional[float]) -> str:
    return "–" if value is None else f"{100 * value:+.1f}".replace("-", "−")


def _decimal(value: Optional[float], digits: int = 2) -> str:
    return "–" if value is None else f"{value:,.{digits}f}"


def _number(value: Optional[float]) -> str:
    """With at most three digits that are not zero, as nobody measures more: 174,938 is 175,000."""
    if value is None:
        return "–"
    if value < 10:
        return f"{value:.1f}"
    digits = max(0, len(str(int(value))) - 3)
    return f"{round(value / 10**digits) * 10**digits:,}"


def _p(value: Optional[float]) -> str:
    return "–" if value is None else "< 0.001" if value < 0.001 else f"= {value:.3f}"


def _duration(seconds: Optional[float]) -> str:
    if seconds is None:
        return "–"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def _cell(text: str) -> str:
    """A text in a cell of a Markdown table."""
    return re.sub(r"([\\|*_`<\[\]])", r"\\\1", str(text)).replace("\n", " ")
