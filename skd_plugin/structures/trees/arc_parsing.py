"""Parsers whose potentials are scores of arcs and of their relations, which are a table or a biaffine product."""

from __future__ import annotations

from abc import ABC
from typing import Any, ClassVar, Mapping, Sequence, TypeVar

from torch import Tensor

from skd_plugin.structures.algebra.padding import Axes
from skd_plugin.structures.algebra.relation_scores import BiaffineRelations, RelationScores, RelationTable
from skd_plugin.structures.trees.parsing import Parsing

AnyArcParsing = TypeVar("AnyArcParsing", bound="ArcParsing")

RELATIONS: Mapping[str, Axes] = {"relations": (0, 1), "relation_dependents": (0,), "relation_heads": (1,)}
"""The potentials of relations, of which a parser has the first, or the others with the weights, or none."""

FACTORS = ("relation_dependents", "relation_heads", "relation_weights")


class ArcParsing(Parsing, ABC):
    """`relation_scores` has the scores of relations in either form, and is None in unlabelled parsing."""

    shared_potentials: ClassVar[tuple[str, ...]] = ("relation_weights",)
    arcs: Tensor
    relation_scores: RelationScores | None

    @property
    def relations(self) -> Tensor | None:
        """The table of relations, if they were given as a table."""
        return self.relation_scores.table if isinstance(self.relation_scores, RelationTable) else None

    @property
    def relation_dependents(self) -> Tensor | None:
        """See `BiaffineRelations`; None unless relations were given in this form."""
        return self.relation_scores.dependents if isinstance(self.relation_scores, BiaffineRelations) else None

    @property
    def relation_heads(self) -> Tensor | None:
        """See `BiaffineRelations`; None unless relations were given in this form."""
        return self.relation_scores.heads if isinstance(self.relation_scores, BiaffineRelations) else None

    @property
    def relation_weights(self) -> Tensor | None:
        """See `BiaffineRelations`; None unless relations were given in this form."""
        return self.relation_scores.weights if isinstance(self.relation_scores, BiaffineRelations) else None

    @classmethod
    def of_potentials(cls: type[AnyArcParsing], **arguments: Any) -> AnyArcParsing:
        relations = arguments.pop("relations", None)
        factors = [arguments.pop(name, None) for name in FACTORS]
        given = [name for name, factor in zip(FACTORS, factors) if factor is not None]
        if given and (len(given) < len(FACTORS) or relations is not None):
            names = ", ".join(given if relations is None else ["relations", *given])
            raise ValueError(f"The potentials {names} were given, expected relations, or {', '.join(FACTORS)}.")
        if given:
            relations = BiaffineRelations(*factors)
        return super().of_potentials(**arguments, relations=relations)

    @classmethod
    def stack(cls: type[AnyArcParsing], sentences: Sequence[AnyArcParsing]) -> AnyArcParsing:
        forms = {type(sentence.relation_scores) for sentence in sentences}
        if len(forms) > 1:
            # Some come from a store of an earlier version.
            sentences = [sentence._with_table() for sentence in sentences]
        return super().stack(sentences)

    def _with_table(self: AnyArcParsing) -> AnyArcParsing:
        """The same distribution, with its relations as a table."""
        names = (*self.sentence_potentials, *self.settings)
        own = {name: getattr(self, name) for name in names if name not in RELATIONS}
        table = None if self.relation_scores is None else self.relation_scores.table
        return self.of_potentials(**own, relations=table, mask=self.mask, labels=self.labels)
