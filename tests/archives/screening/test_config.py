"""A config without the sections of a model, or with keys that lead elsewhere, is refused before anything is built."""

import pytest

from skd_plugin.archives import NotLoadable, load
from skd_plugin.archives.screening.config import named_transformers, needed_sections

ELSEWHERE = {"archive_file": "https://example.org/model.tar.gz", "module_path": "encoder"}


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ([], "The config of this is a list, expected a JSON object"),
        ({}, "The config of this has nothing as dataset_reader, expected a section with a `type`"),
        (
            {"dataset_reader": {"type": "skd_conllu"}},
            "has nothing as model, expected .* the archive of a model",
        ),
        ({"dataset_reader": "skd_conllu", "model": ["skd_crf_tagger"]}, r"has \['skd_crf_tagger'\] as model, expected"),
    ],
)
def test_no_config_of_a_model(config, message):
    with pytest.raises(NotLoadable, match=message):
        needed_sections(config, "this")


@pytest.mark.parametrize(
    "place", ["model.encoder", "dataset_reader.token_indexers.tokens", "model.a.b", "vocabulary.type"]
)
@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ({"_pretrained": ELSEWHERE}, "takes a module from another archive.*`initializer` of type `pretrained` instead"),
        ([{"tokenizer_kwargs": {"trust_remote_code": True}}], "would let foreign code run. Use a transformer"),
    ],
)
def test_keys_that_lead_elsewhere(archive, place, entry, message):
    archive.put(place, entry)
    with pytest.raises(NotLoadable, match=f"tampered.tar.gz has '.*{message}"):
        load(archive.packed())


@pytest.mark.parametrize(
    "config", [b"local x = 1; {}", b"{a: std.extVar('HOME')}", b"importstr '/etc/passwd'", b"", b"[" * 100_000]
)
def test_a_config_is_not_evaluated(archive, config):
    archive.files["config.json"] = config
    with pytest.raises(
        NotLoadable, match="tampered.tar.gz/config.json is not JSON .*plain JSON, nothing to be evaluated"
    ):
        load(archive.packed())


def test_a_config_that_is_nested_too_deeply():
    nested = {}
    for _ in range(5000):
        nested = {"type": nested}
    with pytest.raises(NotLoadable, match="The config of this is nested too deeply"):
        needed_sections({"dataset_reader": "skd_conllu", "model": nested}, "this")


def test_sections_may_be_names():
    config = {"dataset_reader": "skd_conllu", "model": "skd_crf_tagger", "vocabulary": "from_files", "trainer": {}}
    assert needed_sections(config, "this") == {
        "dataset_reader": "skd_conllu",
        "model": "skd_crf_tagger",
        "vocabulary": {"type": "from_files"},
    }


def test_what_is_kept_is_a_copy():
    config = {
        "dataset_reader": {"type": "a"},
        "model": {"type": "b", "initializer": {}, "parts": [{"initializer": {}}]},
    }
    assert needed_sections(config, "this")["model"] == {"type": "b", "parts": [{}]}
    assert "initializer" in config["model"]


def test_transformers_and_their_revisions():
    indexer = {"type": "pretrained_transformer", "model_name": "a", "tokenizer_kwargs": {"revision": "1"}}
    pooler = {"type": "bert_pooler", "pretrained_model": "b", "transformer_kwargs": {"revision": "2"}}
    other = {"type": "mine", "model_name": "no transformer"}
    config = {"dataset_reader": {"tokenizer": indexer, "parts": [other]}, "model": {"parts": [[pooler], other]}}
    assert list(named_transformers(config)) == [("a", "1"), ("b", None), ("b", "2")]
