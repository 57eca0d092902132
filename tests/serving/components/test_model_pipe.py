"""A component contains its model. Saved, loaded, pickled or copied, it annotates alike, even without the archive."""

import copy
import os
import pickle
import shutil
from pathlib import Path
from typing import Any

import pytest
import spacy
from spacy.language import Language
from spacy.tokens import DocBin
from spacy.util import load_model_from_config

from skd_plugin.archives import NotLoadable
from tests.serving import TEXTS, assert_same, docs_at, pipeline

pytestmark = pytest.mark.slow

NO_MODEL = "has no model. Name the model.tar.gz of a trained model"


@pytest.fixture(scope="module")
def nlp(ner_archive: Path, parser_archive: Path, upos_archive: Path) -> Language:
    return pipeline(skd_tagger=upos_archive, skd_parser=parser_archive, skd_ner=ner_archive)


def assert_alike(ours: Language, theirs: Language) -> None:
    assert ours.pipe_names == theirs.pipe_names
    assert ours.pipe_labels == theirs.pipe_labels
    assert_same(list(ours.pipe(TEXTS)), list(theirs.pipe(TEXTS)))


def on_disk(nlp: Language, folder: Path) -> Language:
    nlp.to_disk(folder)
    return spacy.load(folder)


def in_bytes(nlp: Language, folder: Path) -> Language:
    return load_model_from_config(nlp.config).from_bytes(nlp.to_bytes())


COPIES: Any = {
    "to_disk": on_disk,
    "to_bytes": in_bytes,
    "pickle": lambda nlp, _: pickle.loads(pickle.dumps(nlp)),
    "deepcopy": lambda nlp, _: copy.deepcopy(nlp),
    "twice": lambda nlp, folder: copy.deepcopy(on_disk(nlp, folder)),
}


@pytest.mark.parametrize("way", sorted(COPIES))
def test_a_copy_annotates_alike(nlp: Language, tmp_path: Path, way: str):
    assert_alike(COPIES[way](nlp, tmp_path / "pipeline"), nlp)


@pytest.mark.parametrize("kind", ["crf", "span", "biaffine", "transformer"])
def test_a_copy_of_another_kind_annotates_alike(request: pytest.FixtureRequest, tmp_path: Path, kind: str):
    factory = "skd_parser" if kind == "biaffine" else "skd_ner"
    nlp = pipeline(**{factory: request.getfixturevalue(f"{kind}_archive")})
    assert_alike(on_disk(nlp, tmp_path / "pipeline"), nlp)


def test_a_component_by_itself(nlp: Language, tmp_path: Path):
    component = nlp.get_pipe("skd_ner")
    component.to_disk(tmp_path / "component")
    assert [file.name for file in (tmp_path / "component").iterdir()] == ["model.safetensors"]
    for read in (
        pipeline().add_pipe("skd_ner").from_disk(tmp_path / "component"),
        pipeline().add_pipe("skd_ner").from_bytes(component.to_bytes()),
        pickle.loads(pickle.dumps(component)),
        copy.deepcopy(component),
    ):
        assert read.name == "skd_ner" and read.labels == component.labels
        assert_same(
            [read(read_text) for read_text in map(nlp.make_doc, TEXTS)], [component(nlp.make_doc(t)) for t in TEXTS]
        )


def test_what_is_saved_precedes_what_is_at_the_archives_path(ner_archive: Path, tmp_path: Path):
    archive = tmp_path / "model.tar.gz"
    shutil.copy(ner_archive, archive)
    nlp = pipeline(skd_ner=archive)
    nlp.to_disk(tmp_path / "pipeline")
    archive.write_bytes(b"rubbish")
    assert_alike(spacy.load(tmp_path / "pipeline"), nlp)
    assert_alike(in_bytes(nlp, tmp_path), nlp)
    archive.unlink()
    assert_alike(spacy.load(tmp_path / "pipeline"), nlp)


def test_half_a_file_is_never_there(nlp: Language, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    component = nlp.get_pipe("skd_ner")
    component.to_disk(tmp_path)
    before = (tmp_path / "model.safetensors").read_bytes()

    def fails(*arguments: Any) -> None:
        raise OSError("no space")

    monkeypatch.setattr(os, "replace", fails)
    with pytest.raises(OSError, match="no space"):
        nlp.get_pipe("skd_parser").to_disk(tmp_path)
    assert [file.name for file in tmp_path.iterdir()] == ["model.safetensors"]
    assert (tmp_path / "model.safetensors").read_bytes() == before


def test_excluded_and_disabled_components(nlp: Language, tmp_path: Path):
    nlp.to_disk(tmp_path)
    without = spacy.load(tmp_path, exclude=["skd_ner"])
    assert "skd_ner" not in without.component_names and not without(TEXTS[0]).ents
    disabled = spacy.load(tmp_path, disable=["skd_ner"])
    assert "skd_ner" not in disabled.pipe_names and not disabled(TEXTS[0]).ents
    disabled.enable_pipe("skd_ner")
    assert_alike(disabled, nlp)
    with nlp.select_pipes(disable=["skd_parser"]):
        assert not nlp(TEXTS[0]).has_annotation("DEP")


OF_ANOTHER_PIPELINE = [("skd_tagger", "xpos"), ("skd_parser", "parser"), ("skd_ner", "ner")]


@pytest.mark.parametrize("factory, kind", OF_ANOTHER_PIPELINE)
def test_a_component_of_another_pipeline(request: pytest.FixtureRequest, factory: str, kind: str):
    source = pipeline(**{factory: request.getfixturevalue(f"{kind}_archive")})
    labels = source.get_pipe(factory).labels
    assert labels and all(label in source.vocab.strings for label in labels), "before any doc"
    nlp = pipeline()
    nlp.add_pipe(factory, source=source)
    assert all(label in nlp.vocab.strings for label in labels)
    assert_same(list(nlp.pipe(TEXTS)), list(source.pipe(TEXTS)))


@pytest.mark.parametrize("factory, kind", OF_ANOTHER_PIPELINE)
def test_a_doc_with_a_vocab_of_its_own(request: pytest.FixtureRequest, factory: str, kind: str):
    nlp = pipeline(**{factory: request.getfixturevalue(f"{kind}_archive")})
    component, other = nlp.get_pipe(factory), pipeline()
    assert_same([component(other(text)) for text in TEXTS], list(nlp.pipe(TEXTS)))


def test_two_components_of_one_kind(crf_archive: Path, span_archive: Path, tmp_path: Path):
    nlp = pipeline()
    for name, archive in (("first", crf_archive), ("second", span_archive)):
        nlp.add_pipe("skd_ner", name, config={"archive": str(archive), "spans_key": name})
    loaded = on_disk(nlp, tmp_path)
    assert_alike(loaded, nlp)
    alone = [pipeline(skd_ner=archive)(TEXTS[0]) for archive in (crf_archive, span_archive)]
    found = [loaded(TEXTS[0]).spans[name].attrs["scores"] for name in ("first", "second")]
    assert found == [pytest.approx(doc.spans["skd"].attrs["scores"], rel=1e-5) for doc in alone]


@pytest.mark.parametrize("factory", ["skd_ner", "skd_parser", "skd_tagger"])
def test_a_component_without_a_model_stays_so(factory: str, tmp_path: Path):
    nlp = pipeline()
    nlp.add_pipe(factory)
    for copied in (nlp, on_disk(nlp, tmp_path), in_bytes(nlp, tmp_path), pickle.loads(pickle.dumps(nlp))):
        assert copied.get_pipe(factory).labels == ()
        with pytest.raises(ValueError, match=f"{factory} {NO_MODEL}"):
            copied("Anna")


def test_rubbish_is_no_saved_component(nlp: Language, tmp_path: Path):
    (tmp_path / "model.safetensors").write_bytes(b"rubbish")
    with pytest.raises(NotLoadable, match="model.safetensors is not a model in a single file"):
        pipeline().add_pipe("skd_ner").from_disk(tmp_path)
    with pytest.raises(ValueError, match="skd_parser needs a parser"):
        pipeline().add_pipe("skd_parser").from_bytes(nlp.get_pipe("skd_ner").to_bytes())


def test_docs_keep_their_probabilities(nlp: Language, tmp_path: Path):
    docs = list(nlp.pipe(TEXTS))
    DocBin(docs=docs, store_user_data=True).to_disk(tmp_path / "docs.spacy")
    assert_same(docs_at(tmp_path / "docs.spacy", nlp), docs, tolerance=0)
