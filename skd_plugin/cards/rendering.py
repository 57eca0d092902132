"""Renders the templates of model cards, and takes the sections of a card apart."""

import re
from functools import cache
from typing import Any, List, NamedTuple

import jinja2
from allennlp.common.checks import ConfigurationError

from skd_plugin.compat.templates import template_environment

UNKNOWN_LICENCE = "unknown"
"""The identifier of the Hugging Face Hub for a licence that is not known."""

_HEADING = re.compile(r"^## .*$", re.M)
_METADATA = re.compile(r"\A\s*---\r?\n.*?\r?\n---[ \t]*(?:\r?\n|\Z)", re.S)
_FENCED = re.compile(r"^(```|~~~).*?^\1[ \t]*$", re.M | re.S)


def render(template: str, **values: Any) -> str:
    return _environment().get_template(template).render(**values)


@cache
def _environment() -> jinja2.Environment:
    return template_environment("skd_plugin.cards", autoescape=False)


def as_card(data: Any, text: str) -> str:
    """The card of these metadata, a `ModelCardData`, and this Markdown."""
    return f"---\n{data.to_yaml()}\n---\n\n{text.strip()}\n"


def without_metadata(card: str) -> str:
    """The Markdown of a card, or of a text without metadata."""
    return _METADATA.sub("", card, count=1).lstrip()


def parse_card(card: str, source: str) -> Any:
    """A `ModelCard` with the metadata and the Markdown of a card, which may be anybody's."""
    # Late, because it imports half of the library.
    from huggingface_hub import ModelCard

    try:
        return ModelCard(card)
    except Exception as error:  # of YAML, or of the library's own checks
        raise ConfigurationError(
            f"The model card of {source} cannot be read ({type(error).__name__}: {error}). Expected metadata in YAML "
            "between two lines `---` at the top of its README.md, as for a model on the Hugging Face Hub. Correct them."
        ) from error


class Section(NamedTuple):
    """A section of second level: its heading without `## `, empty for what is before the first, and all its text."""

    heading: str
    text: str


def sections(text: str) -> List[Section]:
    """The sections of a Markdown text, in their order. Together their texts are the text."""
    inside = [(match.start(), match.end()) for match in _FENCED.finditer(text)]
    starts = [
        match.start()
        for match in _HEADING.finditer(text)
        if not any(start <= match.start() < end for start, end in inside)
    ]
    parts = [text[start:end] for start, end in zip([0, *starts], [*starts, len(text)])]
    headings = ["", *(part.split("\n", 1)[0].removeprefix("## ").strip() for part in parts[1:])]
    return [Section(*one) for one in zip(headings, parts)]


def demoted(text: str) -> str:
    """The same text with its headings one level lower."""
    lines, fence = [], ""
    for line in text.split("\n"):
        mark = line[:3]
        if mark in ("```", "~~~") and fence in ("", mark):
            fence = "" if fence else mark
        lines.append(f"#{line}" if not fence and re.match(r"#{1,5} ", line) else line)
    return "\n".join(lines)


def is_same(section: str, other: str) -> bool:
    """Whether two texts differ in nothing but white space."""
    return section.split() == other.split()
