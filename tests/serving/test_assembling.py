"""Each kind of model becomes the component that serves it, after the components whose output it reads."""

from pathlib import Path
from typing import List

import pytest
import spacy
from allennlp.common.checks import ConfigurationError
from spacy.language import Language
from spacy.tokens import Doc

from skd_plugin.archives import load
from skd_plugin.models import StructuredModel
from skd_plugin.serving.assembling import add_models, component_of

pytestmark = pytest.mark.slow

COMPONENTS = {
    "ner_archive": ("skd_ner", {}),
    "crf_archive": ("skd_ner", {}),
    "span_archive": ("skd_ner", {}),
    "parser_archive": ("skd_parser", {}),
    "biaffine_archive": ("skd_parser", {}),
    "upos_archive": ("skd_tagger", {"attribute": "pos"}),
    "xpos_archive": ("skd_tagger", {"attribute": "tag"}),
}


@pytest.mark.parametrize("archive", sorted(COMPONENTS))
def test_the_component_of_a_model(request: pytest.FixtureRequest, archive: str):
    assert component_of(load(request.getfixturevalue(archive)).model) == COMPONENTS[archive]


def test_a_model_that_no_component_serves(ner_archive: Path):
    class Other(StructuredModel):
        """A model that neither tags nor parses."""

    model = load(ner_archive).model
    model.__class__ = Other
    with pytest.raises(
        ConfigurationError, match="No component serves the model Other, expected a tagger, a span model or"
    ):
        component_of(model)


def assembled(*archives: Path) -> Language:
    nlp = spacy.blank("en")
    add_models(nlp, archives)
    return nlp


def test_parts_of_speech_are_there_before_parsers_read_them(
    ner_archive: Path, pos_parser_archive: Path, upos_archive: Path
):
    nlp = assembled(ner_archive, pos_parser_archive, upos_archive)
    assert nlp.pipe_names == ["skd_tagger", "skd_parser", "skd_ner"]
    doc = nlp("Anna Berg moved to Oslo.")
    assert doc.has_annotation("POS") and doc.has_annotation("DEP") and doc.ents


def test_a_treebanks_own_parts_of_speech_are_tags(xpos_archive: Path):
    nlp = assembled(xpos_archive)
    doc = nlp(Doc(nlp.vocab, words="Anna Berg moved to Oslo .".split()))
    assert [token.tag_ for token in doc] == ["NNP", "NNP", "VBD", "IN", "NNP", "."] and not doc.has_annotation("POS")


def test_it_names_no_archive(ner_archive: Path):
    nlp = assembled(ner_archive)
    assert nlp.config["components"]["skd_ner"]["archive"] is None
    assert str(ner_archive) not in nlp.config.to_str()


@pytest.mark.parametrize("order", [["ner_archive", "crf_archive"], ["crf_archive", "ner_archive"]])
def test_two_archives_of_one_kind(request: pytest.FixtureRequest, order: List[str]):
    first, second = map(request.getfixturevalue, order)
    nlp = spacy.blank("en")
    message = f"{second} needs the component skd_ner, as {first} does. Make a pipeline for each, or add the second"
    with pytest.raises(ConfigurationError, match=message):
        add_models(nlp, [first, second])
    assert nlp.pipe_names == []
