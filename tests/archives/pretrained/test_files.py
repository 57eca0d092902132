"""Only files of a configuration and a tokenizer are accepted, and none of them leads to other files."""

import json
import tempfile

import huggingface_hub
import pytest
import transformers
from transformers import AutoTokenizer

from skd_plugin.archives import NotLoadable, build
from skd_plugin.archives.pretrained.files import clean, find_files
from tests.archives.strangers_transformer import TOKENIZER, built, change, plainly
from tests.tiny_transformer import WORD_PIECES

SECRET = "secret"

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("no_cached_transformers")]


@pytest.mark.parametrize("file", ["pytorch_model.bin", "vocab.pkl", "code.py", ".bashrc", "..", ""])
def test_other_files_are_refused(with_transformer, files, file, tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    files[file] = b"written"
    with pytest.raises(NotLoadable, match=f"The transformer '.*' has a file '{file}', expected a config.json of a"):
        built(with_transformer)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("file", ["../vocab.txt", "/vocab.txt", "a/vocab.txt"])
def test_no_path_is_a_name(file):
    with pytest.raises(NotLoadable, match=f"has a file '{file}'"):
        clean("any", {"config.json": b"{}", file: b"written"})


@pytest.mark.parametrize(
    ("config", "message"),
    [
        (None, "has no config.json"),
        (b"{", "has a config.json that is not JSON"),
        (b"\xff\xff", "has a config.json that is not JSON"),
        (b"[" * 100_000, "has a config.json that is not JSON"),
        (b"[]", "has a list in its config.json"),
        (b"{}", "has the model_type None"),
        (b'{"model_type": "strange"}', "has the model_type 'strange' in its config.json, expected .* Train with such"),
        (b'{"model_type": ["bert"]}', "has the model_type"),
        (b'{"auths": {"registry": "password"}}', "has the model_type None"),
        (b'{"model_type": "bert", "tokenizer_class": "RagRetriever"}', "has the tokenizer_class 'RagRetriever'"),
        (b'{"model_type": "bert", "tokenizer_class": ["a"]}', "has the tokenizer_class"),
    ],
)
def test_what_is_no_configuration_of_a_transformer(config, message):
    files = {"vocab.txt": b"a"} if config is None else {"config.json": config}
    with pytest.raises(NotLoadable, match=message):
        clean("a/bert", files)


@pytest.mark.parametrize("file", ["config.json", "vocab.txt"])
def test_a_folder_with_a_link_out_of_it(tmp_path, file):
    folder = tmp_path / "transformer"
    folder.mkdir()
    (folder / "config.json").write_text('{"model_type": "bert"}')
    (tmp_path / SECRET).write_text("{}")
    (folder / file).unlink(missing_ok=True)
    (folder / file).symlink_to(tmp_path / SECRET)
    with pytest.raises(NotLoadable, match=f"The {file} of the transformer '.*' is a link to '.*{SECRET}', out of its"):
        find_files(str(folder), None)


def test_a_snapshot_of_the_hub_has_links_to_its_blobs(tmp_path):
    snapshot, blobs = tmp_path / "model" / "snapshots" / "first", tmp_path / "model" / "blobs"
    snapshot.mkdir(parents=True)
    blobs.mkdir()
    (blobs / "1").write_text('{"model_type": "bert"}')
    (snapshot / "config.json").symlink_to("../../blobs/1")
    assert find_files(str(snapshot), None).keys() == {"config.json"}
    (tmp_path / SECRET).write_text("{}")
    (blobs / "2").symlink_to(tmp_path / SECRET)
    (snapshot / "vocab.txt").symlink_to("../../blobs/2")
    with pytest.raises(NotLoadable, match="The vocab.txt of the transformer '.*' is a link to"):
        find_files(str(snapshot), None)


def test_an_old_model_is_known_by_its_name():
    config = b'{"vocab_size": 3}'
    assert json.loads(clean("some/distilbert-base", {"config.json": config})["config.json"]) == {
        "vocab_size": 3,
        "model_type": "distilbert",
    }


def test_a_tokenizer_that_cannot_be_made(with_transformer, files):
    for file in ("tokenizer.json", "vocab.txt"):
        files.pop(file, None)
    with pytest.raises(NotLoadable, match="Its transformer '.*' cannot be made from its configuration"):
        built(with_transformer)


@pytest.mark.parametrize("cached", ["complete", "configuration", None])
def test_a_name_on_the_hub(transformer, files, tmp_path, monkeypatch, cached):
    (tmp_path / "config.json").write_text("{}")

    def snapshot_download(name, revision, local_files_only=False, **options):
        assert name == "someone/tiny" and local_files_only or cached != "complete"
        if revision == "first" or local_files_only and cached is None:
            raise FileNotFoundError("not in the cache")
        return str(tmp_path) if local_files_only and cached == "configuration" else transformer

    monkeypatch.setattr(huggingface_hub, "snapshot_download", snapshot_download)
    assert find_files("someone/tiny", None) == files
    if cached is None:
        with pytest.raises(NotLoadable, match="The transformer 'someone/tiny@first' is not found"):
            find_files("someone/tiny", "first")


def test_files_that_were_not_kept_are_looked_for(with_transformer):
    assert build(with_transformer._replace(transformers={})).reader


# Transformers 5 reads only the files in a tokenizer's own folder.
@pytest.mark.parametrize("file", [TOKENIZER, "special_tokens_map.json"])
@pytest.mark.parametrize("attack", [True, False] if transformers.__version__ < "5" else [False])
def test_files_elsewhere_are_not_read(with_transformer, files, file, tmp_path, attack):
    (tmp_path / "vocab.txt").write_text("\n".join([*WORD_PIECES, SECRET]))
    files[TOKENIZER] = b'{"tokenizer_class": "BertTokenizer"}'
    files["vocab.txt"] = "\n".join(WORD_PIECES).encode()
    del files["tokenizer.json"]
    change(files, file, {"vocab_file": str(tmp_path / "vocab.txt")})
    if attack:
        tokenizer = AutoTokenizer.from_pretrained(plainly(files, tmp_path / "plain"))
    else:
        tokenizer = built(with_transformer).reader.token_indexers["tokens"]._tokenizer
    assert (SECRET in tokenizer.get_vocab()) is attack
