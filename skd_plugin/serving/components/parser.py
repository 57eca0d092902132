"""The component that writes dependency trees and the probabilities of their arcs."""

import logging
from contextlib import contextmanager
from itertools import compress
from typing import TYPE_CHECKING, Any, Iterable, Iterator, List, Tuple, cast

import numpy as np
from spacy.strings import get_string_id
from spacy.tokens import Doc

from skd_plugin.serving.components.component import StructuredPipe
from skd_plugin.serving.components.model_pipe import describe
from skd_plugin.serving.docs.confidences import ARCS
from skd_plugin.serving.docs.tree_writing import ROOT, UNSPECIFIED, Parse, write_parse, write_starts
from skd_plugin.serving.docs.units import Unit, add_upos, open_places, sentence_starts

if TYPE_CHECKING:
    from skd_plugin.models import StructuredModel
    from skd_plugin.serving.model.student import Student
    from skd_plugin.structures import Factorization

logger = logging.getLogger(__name__)

ROOT_OF_UD = "root"


class ParserPipe(StructuredPipe[Parse]):
    """
    Writes the best tree with one root for each sentence to `token.head` and `token.dep`. UD's `root` becomes spaCy's
    `ROOT`. The probabilities of the arcs with their relations, P(h → i, r | x), go to `doc._.skd_arc_probabilities`,
    where `token._.skd_arc_probability` looks them up.

    Sentences are those that earlier components have set, and they stay as they are. A doc without sentence boundaries
    is one sentence.

    # Parameters

    split_at_roots : `bool`, optional (default = `False`)
        Whether sentences are first split into shorter ones, one for each word that looks like a root, and then read one
        by one. A sentence starts where `token.is_sent_start` is True, none starts where it is False, and this decides
        where it is None.
    overwrite : `bool`, optional (default = `False`)
        Whether to replace a parse that other components have set.

    The other parameters are those of `StructuredPipe`.
    """

    reads_annotations = True

    def __init__(self, *args: Any, split_at_roots: bool = False, overwrite: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.split_at_roots = split_at_roots
        self.overwrite = overwrite
        self._has_warned = False

    def check(self, model: "StructuredModel") -> None:
        from skd_plugin.models import Parser

        if not isinstance(model, Parser):
            raise ValueError(
                f"{self.name} needs a parser, but the archive holds {describe(model)}. Use skd_ner for entity "
                "models, and skd_tagger for taggers of other labels."
            )

    def labels_of(self, model: "StructuredModel") -> Tuple[str, ...]:
        return tuple(ROOT if label == ROOT_OF_UD else label for label in cast(Any, model).labels)

    def read(self, model: "StructuredModel", distribution: "Factorization") -> List[Parse]:
        tree = distribution.argmax
        columns = (tree.heads.cpu().numpy(), tree.relations.cpu().numpy())
        probabilities = cast(Any, distribution).arc_probabilities(tree).tolist()
        rows = zip(*columns, probabilities, distribution.lengths.tolist())
        return [Parse(heads[:n], relations[:n], numbers[:n]) for heads, relations, numbers, n in rows]

    def units(self, docs: List[Doc]) -> List[List[Unit]]:
        """The parts of each doc that the parser reads; none if the doc has a parse that stays."""
        may_write = [self._may_write(doc) for doc in docs]
        if not all(may_write):
            self._warn(doc for doc, may in zip(docs, may_write) if not may)
        read = iter(super().units(list(compress(docs, may_write))))
        return [next(read) if may else [] for may in may_write]

    def split(self, docs: List[Doc], max_words: int) -> List[List[Unit]]:
        """The sentences of each doc in pieces, with their parts of speech if there are any."""
        return [self._with_upos(units, doc) for units, doc in zip(super().split(docs, max_words), docs)]

    def predict(self, docs: List[Doc]) -> "List[Tuple[List[Unit], List[Parse]]]":
        with self._naming_missing_tags(docs):
            if self.split_at_roots:
                self._split_into_sentences([doc for doc in docs if self._may_write(doc) and open_places(doc).any()])
            return super().predict(docs)

    def distribution(self, docs: List[Doc]) -> "Factorization":
        with self._naming_missing_tags(docs):
            return super().distribution(docs)

    def write(self, doc: Doc, units: List[Unit], results: List[Parse]) -> None:
        if self._may_write(doc):
            if doc.vocab is not self.vocab:
                self.add_labels(doc.vocab)
            doc._.set(ARCS, write_parse(doc, units, results, self._relations))

    @contextmanager
    def _naming_missing_tags(self, docs: List[Doc]) -> Iterator[None]:
        """Adds to the model's error about words without tags where the tags come from."""
        from allennlp.common.checks import ConfigurationError

        try:
            yield
        except ConfigurationError as error:
            if all(token.pos or token.is_space for doc in docs for token in doc):
                raise
            raise ConfigurationError(f"{error} {_missing_upos(self.name)}") from error

    @staticmethod
    def _with_upos(units: List[Unit], doc: Doc) -> List[Unit]:
        return [add_upos(unit, doc) for unit in units] if doc.has_annotation("POS") else units

    def _warn(self, docs: Iterable[Doc]) -> None:
        """Says once that docs which have a parse stay as they are."""
        if not self._has_warned and any(len(doc) for doc in docs):
            self._has_warned = True
            logger.warning(
                "%s does not change docs that have a parse already. Set `overwrite` to replace it.", self.name
            )

    def _may_write(self, doc: Doc) -> bool:
        # spaCy counts a doc without tokens as parsed.
        return len(doc) > 0 and (self.overwrite or not doc.has_annotation("DEP"))

    def use(self, student: "Student") -> None:
        super().use(student)
        # Only a root may have the relation ROOT.
        names = [UNSPECIFIED if label == ROOT else label for label in self.labels]
        self._relations = np.array([get_string_id(name) for name in names], dtype=np.uint64)

    def _split_into_sentences(self, docs: List[Doc]) -> None:
        """Sets the places that are open, at the roots and at the pieces in which a long sentence is read."""
        from skd_plugin.serving.model.sentence_splitting import local_heads, starts_between_roots

        units_of_docs = self.units(docs)
        all_units = [unit for units in units_of_docs for unit in units]
        heads = iter(self.student(all_units, lambda _, distribution: local_heads(distribution)))
        for doc, units in zip(docs, units_of_docs):
            may_start, starts = open_places(doc), [sentence_starts(doc)]
            for before, unit in zip([None, *units], units):
                places = may_start[unit.indices]
                starts.append(unit.indices[starts_between_roots(next(heads), places)])
                if places[0] and before is not None and before.sentence == unit.sentence:
                    starts.append(unit.indices[:1])
            write_starts(doc, np.concatenate(starts))


def _missing_upos(name: str) -> str:
    return (
        f"{name} takes such tags from token.pos, which is not set on all words of the doc. Put a component before it "
        "that sets them, for example nlp.add_pipe('skd_tagger', config={'attribute': 'pos', 'archive': 'PATH'})."
    )
