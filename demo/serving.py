"""The two distilled students as one spaCy pipeline, and a picture of what it finds in a sentence."""

from pathlib import Path
from typing import List

import spacy
from spacy import displacy
from spacy.tokens import Doc

from skd_plugin.commands.export import export

SENTENCE = "When Learnson grardered Wuderkman Group, Merkix deanibified the Pidatton."


def serve(archives: List[Path], pipeline: Path, picture: Path) -> str:
    """Writes the pipeline and the picture; returns the entities found in `SENTENCE`, with their probabilities."""
    export(archives, pipeline, "en", force=True)
    doc = spacy.load(pipeline)(SENTENCE)
    picture.write_text(draw(doc), encoding="utf-8")
    return ", ".join(entities(doc))


def entities(doc: Doc) -> List[str]:
    spans = doc.spans["skd"]
    return [f"{span.text} ({span.label_} {score:.2f})" for span, score in zip(spans, spans.attrs["scores"])]


def draw(doc: Doc) -> str:
    """An SVG of the tree over the words, with the types of entities below them."""
    parsed = displacy.parse_deps(doc, {"collapse_punct": False})
    for word, token in zip(parsed["words"], doc):
        word["tag"] = token.ent_type_
    options = {"distance": 110, "word_spacing": 30, "bg": "#ffffff"}
    return displacy.render(parsed, style="dep", manual=True, jupyter=False, options=options)
