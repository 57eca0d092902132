"""A model is a folder or a name on the hub, whose cache is enough without a connection."""

import huggingface_hub
import pytest
from allennlp.common.checks import ConfigurationError

from skd_plugin.distillation.teachers.models.hub_folder import hub_folder, is_on_hub
from tests.distillation.teachers.models.hub import cached

ANY = ["*.json"]


@pytest.fixture(autouse=True)
def offline(tmp_path, monkeypatch):
    """The hub cannot be reached, and its cache is a new folder."""
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path / "cache"))


def test_a_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "owner" / "model").mkdir(parents=True)
    assert not is_on_hub("owner/model")
    assert hub_folder("owner/model", None, ANY) == tmp_path / "owner" / "model"


def test_a_name_whose_model_is_cached(tmp_path):
    main = cached(tmp_path / "cache", "owner/model", "main")
    other = cached(tmp_path / "cache", "owner/model", "v2")
    assert is_on_hub("owner/model")
    assert hub_folder("owner/model", None, ANY) == main
    assert hub_folder("owner/model", "v2", ANY) == other


@pytest.mark.parametrize(
    "model, revision, message",
    [
        ("owner/model", None, "no folder owner/model, and no model of this name was found on the hub or in its local "),
        ("owner/model", "v3", "no folder owner/model, and no model of this name at revision 'v3' was found"),
        ("runs/best/model", None, "runs/best/model does not exist, expected the folder of a model, or the name of one"),
        ("./model", None, "model does not exist, .* or the name of one on the hub, `NAME` or `OWNER/NAME`"),
        (".", "v2", r"The `revision` 'v2' would be of a model on the hub, and \. is a folder. Leave it out"),
        ("file", None, "file is a file, expected the folder"),
    ],
)
def test_what_is_not_there(tmp_path, monkeypatch, model, revision, message):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").touch()
    with pytest.raises(ConfigurationError, match=message):
        hub_folder(model, revision, ANY)
