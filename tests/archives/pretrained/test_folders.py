"""A saved model needs neither the hub nor the folder that its transformer came from, whatever options it has."""

import io
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
import spacy
import torch
from allennlp.common import Params, cached_transformers
from allennlp.data import Vocabulary
from allennlp.models import Model
from allennlp.models.archival import load_archive
from transformers import T5Config, T5Model

import tests.archives.custom_encoders  # noqa: F401  registers `unsaved`
from skd_plugin.archives import NotLoadable, build, from_bytes, load, read, read_file, to_bytes, write
from tests import PROJECT_ROOT
from tests.archives.tampering import Archive
from tests.archives.test_round_trips import SENTENCES, assert_same, factorized
from tests.tiny_transformer import save_tiny_transformer

EMBEDDER = "model.text_field_embedder.token_embedders.tokens"
INDEXER = "dataset_reader.token_indexers.tokens"
TEXT = "Anna moved to Oslo ."
IN_A_FRESH_PROCESS = """
import pickle, sys, spacy
nlp = spacy.load(sys.argv[1])
nlp.to_disk(sys.argv[2])
print(*(token._.skd_tag_probability for token in pickle.loads(pickle.dumps(nlp))(sys.argv[3])))
"""

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("no_cached_transformers")]


@pytest.fixture
def name(tmp_path):
    (tmp_path / "transformer").mkdir()
    return save_tiny_transformer(tmp_path / "transformer")


@pytest.fixture
def archive(transformer_tagger, tmp_path, name):
    return named(Archive.of(transformer_tagger, tmp_path), name)


def named(archive, name):
    for place in (EMBEDDER, INDEXER):
        archive.put(f"{place}.model_name", name)
    return archive


def with_new_weights(archive):
    """The archive with the weights of a model that AllenNLP has just made from the config."""
    torch.manual_seed(0)
    shutil.unpack_archive(archive.packed(), archive.folder / "unpacked")
    vocabulary = Vocabulary.from_files(archive.folder / "unpacked" / "vocabulary")
    config = Params(json.loads(archive.files["config.json"])["model"])
    buffer = io.BytesIO()
    torch.save(Model.from_params(config, vocab=vocabulary).state_dict(), buffer)
    archive.files["weights.th"] = buffer.getvalue()
    return archive


def forget(name):
    """Moves the transformer away, as on another machine."""
    shutil.rmtree(name)
    cached_transformers._clear_caches()


@pytest.mark.parametrize(
    ("both", "embedder"),
    [
        ({}, {}),
        ({"type": "pretrained_transformer"}, {}),
        ({"max_length": 4}, {}),
        ({"tokenizer_kwargs": {"do_lower_case": False, "use_fast": False}}, {"load_weights": False}),
        ({"tokenizer_kwargs": {"additional_special_tokens": ["Oslo"]}}, {"last_layer_only": False}),
        ({}, {"transformer_kwargs": {"add_pooling_layer": False, "hidden_act": "relu"}}),
        ({"tokenizer_kwargs": {"revision": "first"}}, {"transformer_kwargs": {"revision": "second"}}),
    ],
)
def test_options_mean_the_same_without_the_folder(archive, name, both, embedder):
    for place, options in ((INDEXER, both), (EMBEDDER, {**both, **embedder})):
        for option, value in options.items():
            archive.put(f"{place}.{option}", value)
    expected = factorized(*theirs(with_new_weights(archive).packed()))
    saved = read(archive.packed())
    forget(name)
    assert_same(factorized(*build(from_bytes(to_bytes(saved)))), expected)


def theirs(path):
    loaded = load_archive(path)
    return loaded.model.eval(), loaded.validation_dataset_reader


def test_a_part_of_a_transformer(archive, name):
    sizes = {"d_model": 8, "d_kv": 4, "d_ff": 8, "num_heads": 2, "num_layers": 1}
    T5Model(T5Config(vocab_size=13, **sizes)).save_pretrained(name)
    archive.put(f"{EMBEDDER}.sub_module", "encoder")
    expected = factorized(*theirs(with_new_weights(archive).packed()))
    saved = read(archive.packed())
    forget(name)
    assert_same(factorized(*build(saved)), expected)


@pytest.mark.slow
def test_a_saved_pipeline_stands_alone(archive, name, tmp_path):
    labels = "vocabulary/labels.txt"
    archive.files[labels] = archive.files[labels].replace(b"-", b"")  # no entities, for a component of any labels
    nlp = spacy.blank("en")
    nlp.add_pipe("skd_tagger", config={"archive": str(archive.packed())})
    nlp.to_disk(tmp_path / "saved")
    expected = [token._.skd_tag_probability for token in nlp(TEXT)]
    shutil.rmtree(name)
    archive.packed().unlink()
    command = [sys.executable, "-c", IN_A_FRESH_PROCESS, tmp_path / "saved", tmp_path / "again", TEXT]
    environment = {**os.environ, "HF_HUB_OFFLINE": "1"}
    run = subprocess.run(command, capture_output=True, text=True, cwd=PROJECT_ROOT, env=environment)
    assert run.returncode == 0, run.stderr
    assert list(map(float, run.stdout.splitlines()[-1].split())) == pytest.approx(expected, rel=1e-5)
    before, after = (read_file(tmp_path / folder / "skd_tagger" / "model.safetensors") for folder in ("saved", "again"))
    assert (before.config, before.transformers) == (after.config, after.transformers)


def test_what_is_kept(archive, name, tmp_path):
    saved = read(archive.packed())
    assert list(saved.transformers) == [name]
    assert saved.transformers[name].keys() == set(os.listdir(name)) - {"model.safetensors"}
    write(saved, tmp_path / "model.safetensors")
    loaded = read_file(tmp_path / "model.safetensors")
    assert (loaded.config, loaded.transformers) == (saved.config, saved.transformers)
    assert loaded.weights.keys() == saved.weights.keys()


def test_any_bytes_are_kept(archive):
    saved = read(archive.packed())
    files = {"spiece.model": bytes(range(256)), "vocab.txt": b""}
    odd = saved._replace(transformers={"a/b: ü": files, "": files})
    assert from_bytes(to_bytes(odd)).transformers == odd.transformers


@pytest.mark.parametrize("place", [EMBEDDER, INDEXER])
def test_a_transformer_that_is_not_found(archive, monkeypatch, place):
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    archive.put(f"{place}.model_name", "nobody/nothing")
    with pytest.raises(NotLoadable, match="tampered.*'nobody/nothing' is not found .*expected a folder .*Put the fold"):
        read(archive.packed())


@pytest.mark.parametrize("name", [None, 5, ["a"]])
def test_a_name_that_is_none(archive, name):
    archive.put(f"{INDEXER}.model_name", name)
    with pytest.raises(NotLoadable, match="names the transformer .* with the revision None, expected two strings"):
        read(archive.packed())


def test_a_class_of_a_trusted_module_gets_its_weights(archive):
    archive.put(f"{EMBEDDER}.type", "unsaved")
    expected = factorized(*theirs(with_new_weights(archive).packed()))
    assert_same(factorized(*load(archive.packed(), ["tests.archives.custom_encoders"])), expected)


def test_transformers_of_one_name_are_kept_apart(archive, name):
    first, expected = read(archive.packed()), factorized(*load(archive.packed()))
    tokenizer = cached_transformers.get_tokenizer(name)
    vocabulary = Path(name) / "vocab.txt"
    vocabulary.write_text(vocabulary.read_text().replace("anna\n", "other\n"))
    (Path(name) / "tokenizer.json").unlink()
    second = read(archive.packed())
    with pytest.raises(AssertionError):
        assert_same(factorized(*build(second)), expected)
    assert_same(factorized(*build(first)), expected)
    assert cached_transformers.get_tokenizer(name) is tokenizer


def test_nothing_is_left_behind(archive, tmp_path, monkeypatch):
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    model, reader = load(archive.packed())
    assert not list((tmp_path / "temporary").iterdir())
    assert not cached_transformers._tokenizer_cache and not cached_transformers._model_cache
    assert factorized(model, reader).mask.sum() == sum(map(len, SENTENCES))
