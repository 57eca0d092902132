"""The component that writes entities and their probabilities."""

from typing import TYPE_CHECKING, Any, List, Tuple, cast

import numpy as np
from spacy.attrs import ENT_IOB, ENT_TYPE
from spacy.tokens import Doc, Span, SpanGroup

from skd_plugin.serving.components.component import StructuredPipe
from skd_plugin.serving.components.model_pipe import describe
from skd_plugin.serving.docs.units import Unit

if TYPE_CHECKING:
    from skd_plugin.models import StructuredModel
    from skd_plugin.models.tagging.output import TagOutput
    from skd_plugin.serving.model.best_entities import Entity
    from skd_plugin.structures import Factorization

WRITTEN_BY = "component"
_BEGINS = 3


class NamedEntityPipe(StructuredPipe["List[Entity]"]):
    """
    Writes the entities that the model's `decoding` chooses to `doc.ents` and, with their probabilities, to
    `doc.spans[spans_key]`.

    A probability (in `attrs["scores"]`) is the marginal probability under the model that exactly these words are an
    entity of this type. Entities that other components have set stay. An entity of the model that shares a word with
    one of them is only in `doc.spans`.

    # Parameters

    spans_key : `str`, optional (default = `"skd"`)
        The name of the group in `doc.spans`.
    overwrite : `bool`, optional (default = `False`)
        Whether to replace entities, and a group of spans of that name, that other components have set.

    The other parameters are those of `StructuredPipe`.
    """

    def __init__(self, *args: Any, spans_key: str = "skd", overwrite: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.spans_key = spans_key
        self.overwrite = overwrite

    def check(self, model: "StructuredModel") -> None:
        from skd_plugin.models.tagging.output import TagOutput
        from skd_plugin.structures import bioul

        if isinstance(model, TagOutput) and bioul.is_bioul(model.tags):
            return
        raise ValueError(
            f"{self.name} needs an entity model, but the archive holds {describe(model)}. "
            "Use skd_parser for parsers, and skd_tagger for taggers of other labels."
        )

    def labels_of(self, model: "StructuredModel") -> Tuple[str, ...]:
        from skd_plugin.structures import bioul

        return bioul.types(cast(Any, model).tags)

    def read(self, model: "StructuredModel", distribution: "Factorization") -> "List[List[Entity]]":
        from skd_plugin.serving.model.best_entities import best_entities

        return best_entities(distribution, cast("TagOutput", model).decoding)

    def write(self, doc: Doc, units: List[Unit], results: "List[List[Entity]]") -> None:
        self._check_group(doc)
        found = [(unit, entity) for unit, entities in zip(units, results) for entity in entities]
        spans = [_span(doc, unit, entity) for unit, entity in found]
        scores = [entity.probability for _, entity in found]
        doc.spans[self.spans_key] = SpanGroup(
            doc,
            name=self.spans_key,
            attrs={"scores": scores, WRITTEN_BY: self.name},
            spans=spans,
        )
        self._write_entities(doc, spans)

    def _write_entities(self, doc: Doc, spans: List[Span]) -> None:
        if self.overwrite or not doc.has_annotation("ENT_IOB"):
            doc.set_ents(spans)
            return
        blocked = _blocked(doc)
        taken = {token for span in (*doc.ents, *blocked) for token in range(span.start, span.end)}
        free = [span for span in spans if taken.isdisjoint(range(span.start, span.end))]
        doc.set_ents([*doc.ents, *free], blocked=blocked)

    def _check_group(self, doc: Doc) -> None:
        if self.overwrite or self.spans_key not in doc.spans:
            return
        if doc.spans[self.spans_key].attrs.get(WRITTEN_BY) == self.name:
            return
        raise ValueError(
            f"doc.spans[{self.spans_key!r}] was set before {self.name} ran. Give the component another `spans_key`, or "
            "set `overwrite` to replace the group."
        )


def _blocked(doc: Doc) -> List[Span]:
    """The tokens that a component has marked as not being in any entity."""
    iob, kind = doc.to_array([ENT_IOB, ENT_TYPE]).T
    return [doc[token : token + 1] for token in np.flatnonzero((iob == _BEGINS) & (kind == 0)).tolist()]


def _span(doc: Doc, unit: Unit, entity: "Entity") -> Span:
    return Span(doc, int(unit.indices[entity.first]), int(unit.indices[entity.last]) + 1, label=entity.label)
