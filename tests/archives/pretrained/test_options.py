"""A transformer's weights come from the archive, and its arguments are harmless."""

import builtins
import json
import shutil
from contextlib import suppress

import pytest
import torch
from allennlp.common import cached_transformers
from allennlp.models.archival import load_archive
from transformers import dynamic_module_utils

from skd_plugin.archives import NotLoadable, build, load, read
from tests.archives.tampering import EXECUTED, Archive
from tests.archives.test_round_trips import assert_same, factorized

EMBEDDER = "model.text_field_embedder.token_embedders.tokens"
INDEXER = "dataset_reader.token_indexers.tokens"

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("no_cached_transformers")]


@pytest.fixture
def archive(transformer_tagger, tmp_path):
    return Archive.of(transformer_tagger, tmp_path)


@pytest.mark.parametrize(
    "place", [f"{EMBEDDER}.transformer_kwargs", f"{EMBEDDER}.tokenizer_kwargs", f"{INDEXER}.tokenizer_kwargs"]
)
@pytest.mark.parametrize("options", [{"weights_only": False}, {"cache_dir": "elsewhere", "revision": "main"}])
def test_other_options_are_refused(archive, place, options):
    archive.put(place, options)
    name, wrong = place.split(".")[-1], next(iter(options))
    with pytest.raises(
        NotLoadable, match=f"`{name}` of this model's config has '{wrong}', expected at most dropouts and"
    ):
        load(archive.packed())
    assert not (archive.folder / "elsewhere").exists()


def test_options_that_are_none(archive):
    archive.put(f"{INDEXER}.tokenizer_kwargs", 5)
    with pytest.raises(NotLoadable, match="`tokenizer_kwargs` of this model's config has '5', expected at most"):
        load(archive.packed())


def test_other_options_of_somebody_who_is_trusted(archive):
    archive.put(f"{INDEXER}.tokenizer_kwargs", {"model_input_names": ["input_ids"]})
    load(archive.packed(), ["transformers"])


def test_harmless_options(archive):
    archive.put(f"{INDEXER}.tokenizer_kwargs", {"use_fast": True, "model_max_length": 9})
    archive.put(f"{EMBEDDER}.transformer_kwargs", {"hidden_dropout_prob": 0.3})
    embedder = load(archive.packed()).model.text_field_embedder.token_embedder_tokens
    assert embedder._matched_embedder.config.hidden_dropout_prob == 0.3


def test_no_weights_of_the_hub_are_read(archive, transformer, tmp_path):
    bare = shutil.copytree(transformer, tmp_path / "bare", ignore=shutil.ignore_patterns("*.safetensors", "*.bin"))
    expected = factorized(*load(archive.packed()))
    archive.put(f"{EMBEDDER}.model_name", str(bare))
    archive.put(f"{EMBEDDER}.override_weights_file", "no/such/file.th")
    assert_same(factorized(*load(archive.packed())), expected)


def test_others_do_not_find_it_in_the_cache(archive, transformer):
    load(archive.packed())
    assert not cached_transformers._model_cache
    pretrained = cached_transformers.get(transformer, make_copy=False)
    assert list(cached_transformers._model_cache.values()) == [pretrained]
    expected = torch.equal(
        cached_transformers.get(transformer, make_copy=True).embeddings.word_embeddings.weight,
        pretrained.embeddings.word_embeddings.weight,
    )
    assert expected and cached_transformers.get(transformer, make_copy=False) is pretrained


@pytest.fixture
def with_code(transformer, tmp_path, monkeypatch):
    """A transformer with code of its own, and a user who answers yes to every question."""
    directory = shutil.copytree(transformer, tmp_path / "with_code")
    code = {"AutoConfig": "code.Config", "AutoModel": "code.Model", "AutoTokenizer": ["code.Tokenizer", None]}
    for name, kind in (("config.json", "model_type"), ("tokenizer_config.json", "tokenizer_class")):
        config = json.loads((directory / name).read_text())
        (directory / name).write_text(json.dumps({**config, kind: "strange", "auto_map": code}))
    (directory / "code.py").write_text(f"import pathlib\npathlib.Path({str(tmp_path / EXECUTED)!r}).touch()\n")
    monkeypatch.setattr(builtins, "input", lambda *question: "y")
    monkeypatch.setattr(dynamic_module_utils, "HF_MODULES_CACHE", str(tmp_path / "modules"))
    return str(directory)


@pytest.mark.parametrize("place", [EMBEDDER, INDEXER])
def test_code_of_a_transformer_is_not_even_asked_for(archive, with_code, place):
    archive.put(f"{place}.model_name", with_code)
    with pytest.raises(NotLoadable, match="model_type 'strange' .*without code of the model's own"):
        load(archive.packed())
    assert not archive.marker.exists()


@pytest.mark.parametrize("place", [EMBEDDER, INDEXER])
def test_the_attack_is_real(archive, with_code, place):
    archive.put(f"{place}.model_name", with_code)
    with suppress(Exception):  # the code has no class
        load_archive(archive.packed())
    assert archive.marker.exists()


def test_weights_stay_as_precise_as_they_are(archive, transformer, tmp_path):
    half = shutil.copytree(transformer, tmp_path / "half")
    config = half / "config.json"
    config.write_text(config.read_text().replace('"float32"', '"float16"'))
    saved = read(archive.packed())
    saved.config["model"]["text_field_embedder"]["token_embedders"]["tokens"]["model_name"] = str(half)
    for name, weight in build(saved).model.state_dict().items():
        assert torch.equal(weight, saved.weights[name]) and weight.dtype == saved.weights[name].dtype
