"""What only a training knows of its model, as a run records it: labels, sizes, sentences, steps, versions."""

from typing import Any, Dict, NamedTuple, Optional, Tuple

from skd_plugin.models import Parser, SpanNer, StructuredModel, Tagger
from skd_plugin.structures import bioul

ENTITIES, TAGS, TREES = "entities", "tags", "dependency trees"


class Facts(NamedTuple):
    """
    What is not known is None, or empty.

    # Parameters

    kind : `str`
        What the model finds: ENTITIES, TAGS or TREES.
    labels : `Tuple[str, ...]`
        The types of entities, the tags, or the relations.
    parameters : `int`
        How many numbers the model has learned, or keeps as they were given.
    bytes : `int`
        The memory that they take.
    sentences : `Dict[str, int]`
        How many there were for "training", of these "without labels", and for "validation".
    steps : `int`
        The steps of the optimizer.
    versions : `Dict[str, str]`
        Of the packages, by their names.
    options : `Dict[str, Any]`
        Those options of the model that commands may change in its archive, as they were in the training.
    """

    kind: str = ""
    labels: Tuple[str, ...] = ()
    parameters: Optional[int] = None
    bytes: Optional[int] = None
    sentences: Dict[str, int] = {}
    steps: Optional[int] = None
    versions: Dict[str, str] = {}
    options: Optional[Dict[str, Any]] = None


def model_facts(model: StructuredModel) -> Facts:
    """What the model itself says."""
    parameters = list(model.parameters())
    numbers = sum(parameter.numel() for parameter in parameters)
    size = sum(parameter.numel() * parameter.element_size() for parameter in parameters)
    return Facts(*_kind_and_labels(model), parameters=numbers, bytes=size)


def facts_from_json(value: Any) -> Facts:
    """The facts that an archive has. Entries of another kind than expected, as a stranger's may be, are left out."""
    given = value if isinstance(value, dict) else {}
    numbers = {name: given[name] for name in ("parameters", "bytes", "steps") if _is_number(given.get(name))}
    labels = given.get("labels")
    return Facts(
        kind=given["kind"] if given.get("kind") in (ENTITIES, TAGS, TREES) else "",
        labels=tuple(map(str, labels)) if isinstance(labels, list) else (),
        sentences={name: number for name, number in _items(given.get("sentences")) if _is_number(number)},
        versions={name: version for name, version in _items(given.get("versions")) if isinstance(version, str)},
        options=dict(_items(given["options"])) if isinstance(given.get("options"), dict) else None,
        **numbers,
    )


def _kind_and_labels(model: StructuredModel) -> Tuple[str, Tuple[str, ...]]:
    if isinstance(model, Parser):
        return TREES, tuple(model.labels)
    if isinstance(model, SpanNer):
        return ENTITIES, tuple(model.labels)
    if isinstance(model, Tagger):
        return (ENTITIES, bioul.types(model.labels)) if bioul.is_bioul(model.labels) else (TAGS, tuple(model.labels))
    return "", ()


def _is_number(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _items(value: Any) -> Any:
    return ((str(key), one) for key, one in value.items()) if isinstance(value, dict) else ()
