"""The files of a GLiNER are found, also those of models that it names, and a model that cannot teach is refused."""

import json

import huggingface_hub
import pytest
from allennlp.common.checks import ConfigurationError

from skd_plugin.distillation.teachers.models.gliner.files import gliner_files
from tests.distillation.teachers.models.hub import cached

CONFIG = {"span_mode": "markerV0", "model_name": "owner/encoder", "encoder_config": {"model_type": "bert"}}


@pytest.fixture
def folder(tmp_path):
    path = tmp_path / "gliner"
    path.mkdir()
    for name in ("tokenizer.json", "tokenizer_config.json", "pytorch_model.bin", "README.md", "optimizer.pt"):
        (path / name).write_text("{}")
    return path


def found(folder, **changes):
    (folder / "gliner_config.json").write_text(json.dumps({**CONFIG, **changes}))
    return gliner_files(str(folder), None)


def names(files):
    return [file.name for file in files]


def test_the_files_on_which_its_answers_depend(folder):
    files = found(folder)
    assert files.folder == folder
    assert names(files.files) == ["gliner_config.json", "tokenizer.json", "tokenizer_config.json", "pytorch_model.bin"]


def test_safetensors_come_first(folder):
    (folder / "model.safetensors").touch()
    files = found(folder)
    assert files.weights == files.files[-1] == folder / "model.safetensors"


def test_what_it_lacks_is_its_encoders(folder, tmp_path, monkeypatch):
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path / "cache"))
    (folder / "tokenizer_config.json").unlink()
    with pytest.raises(ConfigurationError, match="There is no folder owner/encoder"):
        found(folder)
    snapshot = cached(tmp_path / "cache", "owner/encoder", "main")
    (snapshot / "spm.model").touch()
    assert snapshot / "spm.model" in found(folder).files


def test_what_it_lacks_for_its_types(folder, tmp_path):
    labels = tmp_path / "labels"
    labels.mkdir()
    (labels / "config.json").write_text("{}")
    changes = {"labels_encoder": str(labels), "labels_encoder_config": {"model_type": "bert"}}
    assert labels / "config.json" in found(folder, **changes).files
    (folder / "labels_tokenizer").mkdir()
    (folder / "labels_tokenizer" / "tokenizer_config.json").write_text("{}")
    files = found(folder, **changes).files
    assert labels / "config.json" not in files
    assert folder / "labels_tokenizer" / "tokenizer_config.json" in files


@pytest.mark.parametrize(
    "changes, message",
    [
        ({"span_mode": "token_level"}, "scores words as the first, last and inner ones of entities"),
        ({"model_type": "gliner_bi_encoder_token"}, "scores words as the first, last and inner ones of entities"),
        ({"labels_decoder": "owner/decoder"}, "generates names of types"),
        ({"relations_layer": "dot"}, "is for relations"),
        ({"model_type": "gliner_streaming_span"}, "is for streams of text"),
        ({"precomputed_prompts_mode": True}, "has its types built in"),
    ],
)
def test_a_gliner_without_scores_of_spans_for_any_types(folder, changes, message):
    with pytest.raises(ConfigurationError, match=f"{message}.*, expected one that scores spans for any types"):
        found(folder, **changes)


def test_a_gliner_with_code(folder):
    encoder = {"model_type": "bert", "auto_map": {"AutoModel": "owner/encoder--modeling.Encoder"}}
    with pytest.raises(ConfigurationError, match="code of its own .*gliner_config.json.*, which is not executed here"):
        found(folder, encoder_config=encoder)
    (folder / "tokenizer_config.json").write_text(json.dumps({"auto_map": {}}))
    with pytest.raises(ConfigurationError, match="code of its own .*tokenizer_config.json"):
        found(folder)


def test_files_that_are_missing_or_damaged(folder):
    with pytest.raises(ConfigurationError, match="has no gliner_config.json, expected the folder of a GLiNER"):
        gliner_files(str(folder), None)
    (folder / "pytorch_model.bin").unlink()
    with pytest.raises(ConfigurationError, match="has no weights, expected model.safetensors or pytorch_model.bin in"):
        found(folder)
    (folder / "gliner_config.json").write_text("{")
    with pytest.raises(ConfigurationError, match="gliner_config.json cannot be read as JSON .*download the files"):
        gliner_files(str(folder), None)
