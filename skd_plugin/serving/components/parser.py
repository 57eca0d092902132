"""Dependency trees with the probabilities of their arcs."""

import logging
from typing import TYPE_CHECKING, Any, List, Tuple, cast

import numpy as np
from spacy.tokens import Doc

from skd_plugin.serving.components.carrier import described
from skd_plugin.serving.components.component import StructuredPipe
from skd_plugin.serving.docs.confidences import ARCS
from skd_plugin.serving.docs.tree_writing import ROOT, UNSPECIFIED, Parse, write_parse, write_starts
from skd_plugin.serving.docs.units import Unit, with_upos

if TYPE_CHECKING:
    from skd_plugin.models import StructuredModel
    from skd_plugin.serving.model.student import Student
    from skd_plugin.structures import Factorization

logger = logging.getLogger(__name__)

ROOT_OF_UD = "root"


class ParserPipe(StructuredPipe[Parse]):
    """
    Writes the best tree of each sentence, one root each, to `token.head` and `token.dep`, and the probabilities of its
    arcs with their relations, P(h → i, r | x), to `doc._.skd_arc_probabilities`, where `token._.skd_arc_probability`
    looks them up. UD's `root` becomes spaCy's `ROOT`.

    Sentences are those that earlier components have set; they stay as they are. Without any the doc is one sentence.

    # Parameters

    split_at_roots : `bool`, optional (default = `False`)
        Whether docs without sentence boundaries are read once to find sentences, at the words that look like roots,
        and then sentence by sentence.
    overwrite : `bool`, optional (default = `False`)
        Whether what is found replaces a parse that is there.

    See `StructuredPipe` for the others.
    """

    def __init__(self, *args: Any, split_at_roots: bool = False, overwrite: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.split_at_roots = split_at_roots
        self.overwrite = overwrite
        self._has_warned = False

    def check(self, model: "StructuredModel") -> None:
        from skd_plugin.models import Parser

        if not isinstance(model, Parser):
            raise ValueError(
                f"{self.name} needs a parser, and the archive holds {described(model)}. Models of entities go into "
                "skd_ner, taggers of other labels into skd_tagger."
            )

    def labels_of(self, model: "StructuredModel") -> Tuple[str, ...]:
        return tuple(ROOT if label == ROOT_OF_UD else label for label in cast(Any, model).labels)

    def read(self, model: "StructuredModel", found: "Factorization") -> List[Parse]:
        tree = found.argmax
        columns = (tree.heads.cpu().numpy(), tree.relations.cpu().numpy())
        probabilities = cast(Any, found).arc_probabilities(tree).tolist()
        rows = zip(*columns, probabilities, found.lengths.tolist())
        return [Parse(heads[:n], relations[:n], numbers[:n]) for heads, relations, numbers, n in rows]

    def units(self, doc: Doc) -> List[Unit]:
        """None where there is a parse that is not to be replaced."""
        if self._may_write(doc):
            read = super().units(doc)
            return [with_upos(unit, doc) for unit in read] if doc.has_annotation("POS") else read
        if len(doc) and not self._has_warned:
            self._has_warned = True
            logger.warning("%s leaves docs as they are that have a parse; set `overwrite` to replace it.", self.name)
        return []

    def predict(self, docs: List[Doc]) -> "List[Tuple[List[Unit], List[Parse]]]":
        from allennlp.common.checks import ConfigurationError

        try:
            if self.split_at_roots:
                self._split([doc for doc in docs if self._may_write(doc) and not doc.has_annotation("SENT_START")])
            return super().predict(docs)
        except ConfigurationError as error:
            if all(token.pos or token.is_space for doc in docs for token in doc):
                raise
            raise ConfigurationError(f"{error} {_untagged(self.name)}") from error

    def write(self, doc: Doc, read: List[Unit], results: List[Parse]) -> None:
        if self._may_write(doc):
            doc._.set(ARCS, write_parse(doc, read, results, self._relations))

    def _may_write(self, doc: Doc) -> bool:
        # A doc without tokens counts as parsed.
        return len(doc) > 0 and (self.overwrite or not doc.has_annotation("DEP"))

    def take(self, student: "Student") -> None:
        super().take(student)
        # Only a root has the relation of roots.
        self._relations = [UNSPECIFIED if label == ROOT else label for label in self.labels]

    def _split(self, docs: List[Doc]) -> None:
        from skd_plugin.serving.model.sentence_splitting import local_heads, starts

        read = [self.units(doc) for doc in docs]
        heads = iter(self.student([unit for doc in read for unit in doc], lambda _, found: local_heads(found)))
        for doc, pieces in zip(docs, read):
            found = [place for piece in pieces for place in piece.places[[0, *starts(next(heads))]]]
            # White space before the first word is no sentence.
            write_starts(doc, np.array([0, *found[1:]]))


def _untagged(name: str) -> str:
    return (
        f"{name} takes such tags from token.pos, which is not set on all words of the doc. Put a component before it "
        "that sets them, for example nlp.add_pipe('skd_tagger', config={'attribute': 'pos', 'archive': 'PATH'})."
    )
