"""Placeholders exist only while they are needed, never hide a real package, and cannot be used."""

import importlib
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
import torch
from allennlp.data.image_loader import TorchImageLoader
from allennlp.nn.checkpoint.fairscale_checkpoint_wrapper import FairScaleCheckpointWrapper
from allennlp.nn.parallel.fairscale_fsdp_accelerator import _FSDP

from skd_plugin.compat.placeholders import use_placeholders


def test_placeholders_exist_only_inside():
    with use_placeholders():
        import torchvision.ops.boxes as boxes
        from fairscale.nn import FullyShardedDataParallel

        assert boxes is sys.modules["torchvision.ops.boxes"]
        assert not isinstance(torch.nn.Linear(1, 1), FullyShardedDataParallel)
        assert find_spec("torchvision") is not None
    assert "torchvision.ops.boxes" not in sys.modules
    with pytest.raises(ModuleNotFoundError, match="fairscale"):
        importlib.import_module("fairscale.nn")


def test_an_inner_use_leaves_the_outer_ones_placeholders():
    with use_placeholders():
        with use_placeholders():
            pass
        assert "torchvision" in sys.modules
    assert "torchvision" not in sys.modules


def test_real_package_is_used_where_it_is_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "torchvision.py").write_text('"""The real one."""\n')
    monkeypatch.syspath_prepend(tmp_path)
    with use_placeholders():
        assert importlib.import_module("torchvision").__doc__ == "The real one."
        importlib.import_module("fairscale.nn")
    del sys.modules["torchvision"]


@pytest.mark.parametrize(
    "use, named",
    [
        (
            lambda: TorchImageLoader(image_backend="accimage"),
            "torchvision.set_image_backend .* pip install torchvision",
        ),
        (lambda: FairScaleCheckpointWrapper().wrap_module(torch.nn.Linear(1, 1)), "pip install fairscale"),
        (
            lambda: _FSDP(torch.nn.Linear(1, 1)),
            "fairscale.nn.FullyShardedDataParallel .* pip install fairscale",
        ),
    ],
)
def test_real_use_says_what_to_install(use, named):
    with pytest.raises(ImportError, match=named):
        use()


def test_attribute_of_a_placeholder_says_what_to_install():
    with use_placeholders():
        import torchvision
    with pytest.raises(ImportError, match="torchvision.models is needed here"):
        torchvision.models.detection.fasterrcnn_resnet50_fpn(pretrained=True)
    assert not hasattr(torchvision.models, "__wrapped__")
