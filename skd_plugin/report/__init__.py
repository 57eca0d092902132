"""What distillation has brought: trained models compared on one file, as a page, as Markdown and as JSON."""

from skd_plugin.report.page import answers, as_html, as_markdown
from skd_plugin.report.pictures import draw
from skd_plugin.report.report import Options, make_report
from skd_plugin.report.systems import Run, System, Systems, find_systems

__all__ = [
    "Options",
    "Run",
    "System",
    "Systems",
    "answers",
    "as_html",
    "as_markdown",
    "draw",
    "find_systems",
    "make_report",
]
