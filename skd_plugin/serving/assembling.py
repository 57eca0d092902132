"""Adds trained models to a pipeline, each as the component that suits it."""

from pathlib import Path
from typing import Any, Dict, Iterable, NamedTuple, cast

from allennlp.common.checks import ConfigurationError
from spacy.language import Language
from spacy.parts_of_speech import IDS

from skd_plugin.archives import NotLoadable, read, without_folders
from skd_plugin.models import Parser, SpanNer, StructuredModel, Tagger
from skd_plugin.serving.components.model_pipe import ModelPipe
from skd_plugin.serving.model.student import Student
from skd_plugin.structures import bioul

ORDER = ("skd_tagger", "skd_parser", "skd_ner")
"""Taggers come first, because some parsers read parts of speech."""


class Component(NamedTuple):
    """The name of a component's factory, and the options that suit a model."""

    factory: str
    options: Dict[str, Any]


def add_models(nlp: Language, archives: Iterable[Path]) -> Dict[str, Path]:
    """
    Adds a component for each archive. Returns the archive of each component, by the component's name.

    Raises `ConfigurationError` if two archives need the same component.
    """
    additions: Dict[str, Any] = {}
    for archive in archives:
        student = _load_student(archive)
        component = component_of(student.model)
        if component.factory in additions:
            raise ConfigurationError(
                f"{archive} needs the component {component.factory}, as {additions[component.factory][0]} does. Make a "
                "pipeline for each, or add the second in Python: "
                f"nlp.add_pipe('{component.factory}', name=…, config=…)."
            )
        additions[component.factory] = (archive, component.options, student)
    for factory in sorted(additions, key=ORDER.index):
        _, options, student = additions[factory]
        cast(ModelPipe, nlp.add_pipe(factory, config=options)).use(student)
    return {factory: additions[factory][0] for factory in sorted(additions, key=ORDER.index)}


def _load_student(archive: Path) -> Student:
    saved = without_folders(read(archive))
    try:
        return Student(saved)
    except NotLoadable as error:
        raise NotLoadable(f"The model at {archive} is not loaded. {error}") from error


def component_of(model: StructuredModel) -> Component:
    """The component that serves a model. Raises `ConfigurationError` if there is none."""
    if isinstance(model, Parser):
        return Component("skd_parser", {})
    if isinstance(model, SpanNer) or (isinstance(model, Tagger) and bioul.is_bioul(model.labels)):
        return Component("skd_ner", {})
    if isinstance(model, Tagger):
        return Component("skd_tagger", {"attribute": "pos" if set(model.labels) <= set(IDS) else "tag"})
    raise ConfigurationError(
        f"No component serves the model {type(model).__name__}, expected a tagger, a span model or a parser of this "
        "plugin. Train one of these."
    )
