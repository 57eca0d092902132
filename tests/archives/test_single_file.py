"""A model in a single file is written completely or not at all, and other files are refused."""

import json

import pytest
import torch
from safetensors.torch import save

from skd_plugin.archives import NotLoadable, build, from_bytes, read, read_file, single_file, to_bytes, write

CONFIG = json.dumps({"dataset_reader": {"type": "skd_conllu"}, "model": {"type": "skd_crf_tagger"}})


@pytest.fixture(scope="module")
def saved(tagger):
    return read(tagger)


def file(**metadata):
    header = {"format": "skd_plugin model 1", "config": CONFIG, "vocabulary": "{}", **metadata}
    return save({"weight": torch.zeros(1)}, {name: value for name, value in header.items() if value is not None})


def test_everything_comes_back(saved):
    loaded = from_bytes(to_bytes(saved))
    assert loaded.config == saved.config and loaded.vocabulary == saved.vocabulary
    assert loaded.weights.keys() == saved.weights.keys()
    assert all(torch.equal(weight, saved.weights[name]) for name, weight in loaded.weights.items())


def test_shared_and_transposed_weights(saved):
    weight = torch.arange(6.0).view(2, 3)
    weights = from_bytes(to_bytes(saved._replace(weights={"one": weight, "other": weight, "turned": weight.T}))).weights
    assert torch.equal(weights["one"], weight) and torch.equal(weights["other"], weight)
    assert torch.equal(weights["turned"], weight.T)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "not a model in a single file .*For a model.tar.gz use `archives.read`"),
        (b"\x1f\x8b a tar", "not a model in a single file"),
        (file()[:-2], "not a model in a single file"),
        (save({"weight": torch.zeros(1)}), "has the format None, expected 'skd_plugin model 1'"),
        (file(format="skd_plugin model 2"), "has the format 'skd_plugin model 2', expected .*Install the version"),
        (file(config=None), "config of This is not JSON"),
        (file(config="[]"), "config of This is a list"),
        (file(config='{"dataset_reader": "x", "model": {"_pretrained": {}}}'), "takes a module from another archive"),
        (file(vocabulary="[" * 100_000), "vocabulary of This is not JSON"),
        (file(vocabulary='{"tokens.txt": 1}'), "vocabulary of This is not what `archives.write` makes"),
    ],
    # The bytes differ between processes.
    ids=[
        "empty",
        "archive",
        "cut",
        "other tensors",
        "later format",
        "no config",
        "list as config",
        "config that loads",
        "deep vocabulary",
        "vocabulary of numbers",
    ],
)
def test_other_bytes(data, message):
    with pytest.raises(NotLoadable, match=message):
        from_bytes(data)


def test_what_only_training_needs_is_not_read():
    config = {"dataset_reader": "a", "model": {"type": "b", "initializer": {}}, "trainer": {}}
    assert from_bytes(file(config=json.dumps(config))).config == {"dataset_reader": "a", "model": {"type": "b"}}


@pytest.mark.parametrize("name", ["../written.txt", "/tmp/written.txt", "a/b.txt", "code.py"])
def test_a_vocabulary_that_would_be_written_elsewhere(saved, name):
    attack = from_bytes(to_bytes(saved._replace(vocabulary={**saved.vocabulary, name: "written"})))
    with pytest.raises(NotLoadable, match=f"file of its vocabulary is called '{name}', expected a plain name"):
        build(attack)


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(
        NotLoadable, match="no_such_file cannot be read .*expected a file that `archives.write` has made"
    ):
        read_file(tmp_path / "no_such_file")


def test_another_file(tmp_path):
    (tmp_path / "other").write_text("{}")
    with pytest.raises(NotLoadable, match="other is not a model in a single file"):
        read_file(tmp_path / "other")


def test_an_interruption_leaves_the_old_file(saved, tmp_path, monkeypatch):
    path = tmp_path / "model.safetensors"
    write(saved, path)
    before = path.read_bytes()

    def interrupted(source, target):
        raise KeyboardInterrupt

    monkeypatch.setattr(single_file.os, "replace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write(saved._replace(weights={}), path)
    assert [file.name for file in tmp_path.iterdir()] == [path.name] and path.read_bytes() == before
