"""Entities with their probabilities."""

from typing import TYPE_CHECKING, Any, List, Tuple, cast

import numpy as np
from spacy.attrs import ENT_IOB, ENT_TYPE
from spacy.tokens import Doc, Span, SpanGroup

from skd_plugin.serving.components.carrier import described
from skd_plugin.serving.components.component import StructuredPipe
from skd_plugin.serving.docs.units import Unit

if TYPE_CHECKING:
    from skd_plugin.models import StructuredModel
    from skd_plugin.serving.model.entities import Entity
    from skd_plugin.structures import Factorization

WRITTEN_BY = "component"
_BEGINS = 3


class NamedEntityPipe(StructuredPipe["List[Entity]"]):
    """
    Writes the best entities to `doc.ents` and, with their probabilities, to `doc.spans[spans_key]`.

    A probability (`attrs["scores"]`) is the marginal one under the model: that exactly these words are an entity of
    this type, whatever else is one. Entities that others have set stay, and those found that share a word with one
    are in `doc.spans` alone.

    # Parameters

    spans_key : `str`, optional (default = `"skd"`)
    overwrite : `bool`, optional (default = `False`)
        Whether what is found replaces entities, and a group of spans of that name, that others have set.

    See `StructuredPipe` for the others.
    """

    def __init__(self, *args: Any, spans_key: str = "skd", overwrite: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.spans_key = spans_key
        self.overwrite = overwrite

    def check(self, model: "StructuredModel") -> None:
        from skd_plugin.models.tagging.output import TagOutput
        from skd_plugin.structures.sequences import bioul

        if isinstance(model, TagOutput) and bioul.is_bioul(model.tags):
            return
        raise ValueError(
            f"{self.name} needs a model of entities, and the archive holds {described(model)}. "
            "Parsers go into skd_parser, taggers of other labels into skd_tagger."
        )

    def labels_of(self, model: "StructuredModel") -> Tuple[str, ...]:
        from skd_plugin.structures.sequences import bioul

        return bioul.types(cast(Any, model).tags)

    def read(self, model: "StructuredModel", found: "Factorization") -> "List[List[Entity]]":
        from skd_plugin.serving.model.entities import entities

        return entities(found)

    def write(self, doc: Doc, read: List[Unit], results: "List[List[Entity]]") -> None:
        found = [(_span(doc, unit, entity), entity) for unit, result in zip(read, results) for entity in result]
        self._check_group(doc)
        scores = [entity.probability for _, entity in found]
        doc.spans[self.spans_key] = SpanGroup(
            doc,
            name=self.spans_key,
            attrs={"scores": scores, WRITTEN_BY: self.name},
            spans=[span for span, _ in found],
        )
        self._write_entities(doc, [span for span, _ in found])

    def _write_entities(self, doc: Doc, spans: List[Span]) -> None:
        if self.overwrite or not doc.has_annotation("ENT_IOB"):
            doc.set_ents(spans)
            return
        blocked = _blocked(doc)
        taken = {token for span in (*doc.ents, *blocked) for token in range(span.start, span.end)}
        free = [span for span in spans if taken.isdisjoint(range(span.start, span.end))]
        doc.set_ents([*doc.ents, *free], blocked=blocked)

    def _check_group(self, doc: Doc) -> None:
        group = doc.spans.get(self.spans_key)
        if group is None or self.overwrite or group.attrs.get(WRITTEN_BY) == self.name:
            return
        raise ValueError(
            f"doc.spans[{self.spans_key!r}] was there before {self.name}. Give the component another `spans_key`, or "
            "set `overwrite` to replace it."
        )


def _blocked(doc: Doc) -> List[Span]:
    """The tokens of which somebody has said that they are in no entity."""
    iob, kind = doc.to_array([ENT_IOB, ENT_TYPE]).T
    return [doc[token : token + 1] for token in np.flatnonzero((iob == _BEGINS) & (kind == 0)).tolist()]


def _span(doc: Doc, unit: Unit, entity: "Entity") -> Span:
    return Span(doc, int(unit.places[entity.first]), int(unit.places[entity.last]) + 1, label=entity.label)
