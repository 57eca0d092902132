"""The picture shows the tree and the entities; the line of text their probabilities."""

import re

import pytest
import spacy
from spacy.tokens import Doc, Span, SpanGroup

from demo.serving import draw, entities


@pytest.fixture
def doc() -> Doc:
    words = ["Anna", "left", "Geltville", "."]
    doc = Doc(spacy.blank("en").vocab, words=words, heads=[1, 1, 1, 1], deps=["nsubj", "ROOT", "obj", "punct"])
    doc.ents = [Span(doc, 0, 1, "PER"), Span(doc, 2, 3, "LOC")]
    doc.spans["skd"] = SpanGroup(doc, attrs={"scores": [0.987, 0.5]}, spans=list(doc.ents))
    return doc


def test_entities_come_with_their_probabilities(doc: Doc):
    assert entities(doc) == ["Anna (PER 0.99)", "Geltville (LOC 0.50)"]


def test_picture_has_words_entities_and_arcs(doc: Doc):
    svg = draw(doc)
    assert re.findall(r'displacy-word"[^>]*>([^<]+)<', svg) == [token.text for token in doc]
    assert re.findall(r'displacy-tag"[^>]*>([^<]*)<', svg) == ["PER", "", "LOC", ""]
    assert re.findall(r"<textPath[^>]*>([^<]+)", svg) == ["nsubj", "obj", "punct"]
