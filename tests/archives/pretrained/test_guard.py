"""A transformer runs no code of its own and reads no other transformer, whatever its files say."""

import builtins
import json

import pytest
import transformers
from allennlp.common import cached_transformers
from huggingface_hub import HfApi
from transformers import AutoConfig, AutoModel, dynamic_module_utils

from skd_plugin.archives import NotLoadable
from skd_plugin.archives.pretrained import folders as transformer_folders
from tests.archives.strangers_transformer import TOKENIZER, built, change, plainly
from tests.archives.tampering import EXECUTED

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("no_cached_transformers")]


@pytest.fixture
def code(tmp_path, monkeypatch):
    """A folder with a transformer's code, and a user who answers yes to every question."""
    folder = tmp_path / f"code_{tmp_path.name}"  # a module of this name is imported only once
    folder.mkdir()
    (folder / "code.py").write_text(f"import pathlib\npathlib.Path({str(tmp_path / EXECUTED)!r}).touch()\n")
    (folder / "config.json").write_text('{"model_type": "strange", "auto_map": {"AutoConfig": "code.Config"}}')
    monkeypatch.setattr(builtins, "input", lambda *question: (tmp_path / "asked").touch() or "y")
    monkeypatch.setattr(dynamic_module_utils, "HF_MODULES_CACHE", str(tmp_path / "modules"))
    return folder


def backbone(code):
    options = {"trust_remote_code": True}
    return {"model_type": "detr", "use_timm_backbone": False, "backbone": str(code), "backbone_kwargs": options}


def vision(code):
    """A kind of configuration for which transformers has no model."""
    part = {"model_type": "vitpose_backbone", "auto_map": {"AutoModel": f"{code}--code.Model"}}
    return {"model_type": "vision-text-dual-encoder", "vision_config": part, "text_config": {"model_type": "bert"}}


def aliased(code):
    part = {"model_type": "vitpose_backbone", "attribute_map": {"auto_map": "other"}}
    part["other"] = {"AutoModel": f"{code}--code.Model"}
    return {**vision(code), "vision_config": part}


@pytest.mark.parametrize("config", [backbone, vision, aliased])
def test_code_is_neither_run_nor_asked_for(with_transformer, files, code, tmp_path, config):
    files["config.json"] = json.dumps(config(code)).encode()
    with pytest.raises(NotLoadable, match="another transformer|cannot be made from .*Unrecognized config"):
        built(with_transformer)
    assert not (tmp_path / EXECUTED).exists() and not (tmp_path / "asked").exists()


# Transformers 5 reads a backbone from the hub only.
@pytest.mark.parametrize("config", [vision, aliased, *([backbone] if transformers.__version__ < "5" else [])])
def test_the_attack_is_real(files, code, tmp_path, config):
    files["config.json"] = json.dumps(config(code)).encode()
    with pytest.raises(AttributeError, match="has no attribute"):  # the code has no class
        AutoModel.from_config(AutoConfig.from_pretrained(plainly(files, tmp_path / "plain")))
    assert (tmp_path / EXECUTED).exists()


def test_code_is_not_run_even_if_it_is_found(with_transformer, files, code, tmp_path, monkeypatch):
    monkeypatch.setattr(transformer_folders, "clean", lambda name, files: files)
    files["config.json"] = json.dumps(vision(code)).encode()
    with pytest.raises(NotLoadable, match="it would run code of its own"):
        built(with_transformer)
    assert (tmp_path / "asked").exists() and not (tmp_path / EXECUTED).exists()


def test_code_that_is_not_needed_is_left_out(with_transformer, files, code, tmp_path):
    change(files, TOKENIZER, {"auto_map": {"AutoTokenizer": [f"{code}--code.Tokenizer", None]}, "name_or_path": "a/b"})
    change(files, "config.json", {"auto_map": {"AutoModel": f"{code}--code.Model"}, "_name_or_path": str(code)})
    tokenizer = built(with_transformer).reader.token_indexers["tokens"]._tokenizer
    assert type(tokenizer).__module__.startswith("transformers.models.bert.")
    assert not (tmp_path / EXECUTED).exists() and not (tmp_path / "asked").exists()


def test_elsewhere_transformers_may_do_as_they_like(with_transformer, code, tmp_path):
    built(with_transformer)
    with pytest.raises(AttributeError, match="has no attribute"):
        cached_transformers.get(str(code), make_copy=False, trust_remote_code=True)
    assert (tmp_path / EXECUTED).exists()


@pytest.mark.parametrize("key", ["attn_implementation", "_attn_implementation", "experts_implementation"])
def test_no_kernel_is_taken_from_the_hub(with_transformer, files, key):
    change(files, "config.json", {key: "someone/kernel"})
    transformer = next(module for module in built(with_transformer).model.modules() if hasattr(module, "config"))
    assert "someone/kernel" not in (transformer.config._attn_implementation, str(transformer.config))


def test_nothing_is_looked_for_on_the_hub(with_transformer, files, monkeypatch):
    monkeypatch.setattr(HfApi, "repo_exists", lambda *arguments, **options: pytest.fail("asked the hub"))
    part = {"model_type": "detr", "use_timm_backbone": False, "backbone": "someone/backbone"}
    change(files, "config.json", {"model_type": "vision-text-dual-encoder", "vision_config": part})
    with pytest.raises(NotLoadable, match="has the backbone 'someone/backbone', another transformer, expected"):
        built(with_transformer)
