"""Gold docs of what the tiny models have learned, made from the fixtures by spaCy's own converters."""

from pathlib import Path
from typing import List

from spacy.tokens import Doc
from spacy.training.converters import conll_ner_to_docs, conllu_to_docs


def gold() -> List[Doc]:
    """Docs of one sentence: first those with trees and parts of speech, then those with entities."""
    trees = list(conllu_to_docs(Path("fixtures/trees.conllu").read_text(), n_sents=1, no_print=True))
    for doc in trees:
        doc.set_ents([], default="missing")  # no model has learned entities from these
    return trees + list(conll_ner_to_docs(Path("fixtures/ner.conll").read_text(), n_sents=1, no_print=True))
