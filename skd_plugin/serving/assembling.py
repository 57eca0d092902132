"""Which component a trained model becomes, and a pipeline of several of them."""

from pathlib import Path
from typing import Any, Dict, Iterable, NamedTuple, cast

from allennlp.common.checks import ConfigurationError
from spacy.language import Language
from spacy.parts_of_speech import IDS

from skd_plugin.archives import NotLoadable, read
from skd_plugin.models import Parser, SpanNer, StructuredModel, Tagger
from skd_plugin.serving.components.carrier import Carrier
from skd_plugin.serving.model.student import Student
from skd_plugin.structures.sequences import bioul

ORDER = ("skd_tagger", "skd_parser", "skd_ner")
"""Some parsers read parts of speech."""


class Component(NamedTuple):
    """The name of a factory, and the options that suit a model."""

    factory: str
    options: Dict[str, Any]


def add_models(nlp: Language, archives: Iterable[Path]) -> None:
    """Adds a component for each archive; `ConfigurationError` if two would be the same."""
    found: Dict[str, Any] = {}
    for archive in archives:
        student = _student(archive)
        component = component_of(student.model)
        if component.factory in found:
            raise ConfigurationError(
                f"{archive} needs the component {component.factory}, as {found[component.factory][0]} does. Make a "
                f"pipeline of each, or add the second in Python: nlp.add_pipe('{component.factory}', name=…, config=…)."
            )
        found[component.factory] = (archive, component.options, student)
    for factory in sorted(found, key=ORDER.index):
        _, options, student = found[factory]
        cast(Carrier, nlp.add_pipe(factory, config=options)).take(student)


def _student(archive: Path) -> Student:
    saved = read(archive)
    try:
        return Student(saved)
    except NotLoadable as error:
        raise NotLoadable(f"The model at {archive} is not loaded. {error}") from error


def component_of(model: StructuredModel) -> Component:
    if isinstance(model, Parser):
        return Component("skd_parser", {})
    if isinstance(model, SpanNer) or (isinstance(model, Tagger) and bioul.is_bioul(model.labels)):
        return Component("skd_ner", {})
    if isinstance(model, Tagger):
        return Component("skd_tagger", {"attribute": "pos" if set(model.labels) <= set(IDS) else "tag"})
    raise ConfigurationError(
        f"No component serves a {type(model).__name__}; expected a tagger, a model of spans or a parser of this plugin."
    )
