"""A component gets its model from an archive. If it cannot, `add_pipe` says so, or a loaded pipeline's first doc."""

import logging
from pathlib import Path
from typing import Tuple

import pytest
import spacy
from spacy.language import Language
from spacy.util import load_model_from_config
from thinc.api import Config

from skd_plugin.archives import NotLoadable
from tests.serving import TEXTS, assert_same, pipeline

pytestmark = pytest.mark.slow

CONFIG = """
[nlp]
lang = "en"
pipeline = ["sentencizer", "skd_ner"]

[components]

[components.sentencizer]
factory = "sentencizer"

[components.skd_ner]
factory = "skd_ner"

[initialize]

[initialize.components]

[initialize.components.skd_ner]
archive = "ARCHIVE"
"""


def configured(archive: object) -> Language:
    config = Config().from_str(CONFIG.replace('"ARCHIVE"', "null" if archive is None else f'"{archive}"'))
    return load_model_from_config(config, auto_fill=True)


def test_initialize_reads_the_archive_that_the_config_names(ner_archive: Path, tmp_path: Path):
    nlp = configured(ner_archive)
    with pytest.raises(ValueError, match="skd_ner has no model"):
        nlp("Anna")
    nlp.initialize()
    expected = pipeline(skd_ner=ner_archive)
    assert_same(list(nlp.pipe(TEXTS)), list(expected.pipe(TEXTS)))
    nlp.to_disk(tmp_path)
    assert_same(list(spacy.load(tmp_path).pipe(TEXTS)), list(expected.pipe(TEXTS)))


def test_initialize_in_python(ner_archive: Path):
    nlp = pipeline()
    nlp.add_pipe("skd_ner").initialize(archive=str(ner_archive))
    assert nlp(TEXTS[0]).ents


def test_initialize_keeps_the_model_that_is_there(ner_archive: Path):
    nlp = pipeline(skd_ner=ner_archive)
    nlp.initialize()
    assert nlp(TEXTS[0]).ents


def test_initialize_without_an_archive(tmp_path: Path):
    with pytest.raises(ValueError, match=r"`archive` under \[initialize.components.skd_ner\]"):
        configured(None).initialize()
    with pytest.raises(NotLoadable, match="There is nothing at .*model.tar.gz"):
        configured(tmp_path / "model.tar.gz").initialize()


def test_the_directory_of_a_run(ner_archive: Path):
    assert pipeline(skd_ner=ner_archive.parent)(TEXTS[0]).ents


@pytest.mark.parametrize("factory", ["skd_tagger", "skd_parser", "skd_ner"])
def test_missing_archive(tmp_path: Path, factory: str):
    nlp, archive = pipeline(), tmp_path / "model.tar.gz"
    message = f"There is no archive at {archive}, which the configuration of {factory} names. Correct"
    for add in (nlp.add_pipe, nlp.create_pipe):
        with pytest.raises(ValueError, match=message):
            add(factory, config={"archive": str(archive)})
    assert nlp.pipe_names == ["sentencizer"]
    nlp.add_pipe(factory)


def in_config(archive: Path) -> Language:
    """A pipeline that spaCy makes from a config, as it does before it reads what the components have saved."""
    component = {"factory": "skd_ner", "archive": str(archive)}
    return spacy.blank("en", config={"nlp": {"pipeline": ["skd_ner"]}, "components": {"skd_ner": component}})


def test_missing_archive_of_a_pipeline_that_is_loaded(tmp_path: Path, caplog: pytest.LogCaptureFixture):
    with caplog.at_level(logging.WARNING, logger="skd_plugin"):
        nlp = in_config(tmp_path / "model.tar.gz")
    assert not caplog.text, "the model may still come"
    message = f"There is no archive at {tmp_path}/model.tar.gz, which the configuration of skd_ner names. Correct"
    with pytest.raises(ValueError, match=message):
        nlp("Anna")
    with pytest.raises(ValueError, match=message):
        list(nlp.pipe(["Anna"]))
    with pytest.raises(ValueError, match=message):
        nlp.get_pipe("skd_ner").initialize()


def test_rubbish_archive(tmp_path: Path, caplog: pytest.LogCaptureFixture):
    (tmp_path / "model.tar.gz").write_bytes(b"rubbish")
    message = "model.tar.gz cannot be read .*Expected the model.tar.gz that `allennlp train`"
    with pytest.raises(NotLoadable, match=message):
        pipeline(skd_ner=tmp_path / "model.tar.gz")
    with caplog.at_level(logging.WARNING, logger="skd_plugin"):
        nlp = in_config(tmp_path / "model.tar.gz")
    assert "skd_ner has no model yet: " in caplog.text
    with pytest.raises(ValueError, match=message):
        nlp("Anna")


WRONG = [
    ("skd_ner", "parser", "skd_ner needs an entity model, but the archive holds a TaggingParser of root, nsubj"),
    ("skd_ner", "upos", "skd_ner needs an entity model, but the archive holds a MaxEntTagger of PROPN, VERB"),
    ("skd_parser", "ner", "skd_parser needs a parser, but the archive holds a MaxEntTagger of O, "),
    ("skd_parser", "span", "skd_parser needs a parser, but the archive holds a SpanNer of "),
    ("skd_tagger", "ner", "skd_tagger needs a word tagger, but the archive holds a MaxEntTagger of O, "),
    ("skd_tagger", "crf", "skd_tagger needs a word tagger, but the archive holds a CrfTagger of O, "),
    ("skd_tagger", "biaffine", "skd_tagger needs a word tagger, but the archive holds a BiaffineParser of root"),
]


@pytest.mark.parametrize("wrong", WRONG, ids=lambda wrong: "-".join(wrong[:2]))
def test_model_of_another_kind(request: pytest.FixtureRequest, wrong: Tuple[str, str, str]):
    factory, kind, message = wrong
    archive = request.getfixturevalue(f"{kind}_archive")
    with pytest.raises(ValueError, match=message):
        pipeline(**{factory: archive})
    with pytest.raises(ValueError, match=message):
        pipeline().add_pipe(factory).load(archive)


def test_a_component_that_refuses_a_model_keeps_its_own(ner_archive: Path, parser_archive: Path):
    nlp = pipeline(skd_ner=ner_archive)
    with pytest.raises(ValueError, match="needs an entity model"):
        nlp.get_pipe("skd_ner").initialize(archive=str(parser_archive))
    assert nlp(TEXTS[0]).ents


def test_labels_that_are_no_parts_of_speech(xpos_archive: Path):
    nlp = pipeline()
    with pytest.raises(ValueError, match="cannot write the labels .*NNP.* to token.pos.* Set `attribute` to 'tag'"):
        nlp.add_pipe("skd_tagger", config={"archive": str(xpos_archive), "attribute": "pos"})
