"""Weights are tensors: a pickle that asks for anything else is refused, and not executed."""

import io
import os
import zipfile
from collections import OrderedDict
from contextlib import suppress

import pytest
import torch
from allennlp.models.archival import load_archive

from skd_plugin.archives import NotLoadable, load, read


class Bomb:
    """An object that runs a command when it is unpickled."""

    def __init__(self, command):
        self.command = command

    def __reduce__(self):
        return os.system, (" ".join(self.command),)


def pickled(weights, **options):
    buffer = io.BytesIO()
    torch.save(weights, buffer, **options)
    return buffer.getvalue()


@pytest.fixture(params=[{}, {"_use_new_zipfile_serialization": False}], ids=["zip", "legacy"])
def bomb(request, archive):
    weights = {"weight": torch.zeros(1), "bomb": Bomb(archive.command())}
    archive.files["weights.th"] = pickled(weights, **request.param)
    return archive


@pytest.mark.parametrize("forced", ["0", "1"])
def test_a_pickle_is_not_executed(bomb, monkeypatch, forced):
    monkeypatch.setenv("TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD", forced)
    with pytest.raises(
        NotLoadable,
        match="(?s)weights.th is not a weights file, or holds more than weights .*no pickled code is executed",
    ):
        load(bomb.packed())
    assert not bomb.marker.exists()


@pytest.mark.filterwarnings("ignore:Environment variable TORCH_FORCE")
def test_the_attack_is_real(bomb, monkeypatch):
    monkeypatch.setenv("TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD", "1")
    with suppress(Exception):  # a number among the weights leads to some error
        load_archive(bomb.packed())
    assert bomb.marker.exists()


@pytest.mark.parametrize(
    "weights",
    [
        [torch.zeros(1)],
        {"weight": torch.zeros(1), "number": 1.0},
        {1: torch.zeros(1)},
        {"weight": torch.zeros(1, device="meta")},
        {"weight": torch.eye(2).to_sparse()},
    ],
)
def test_what_is_no_tensor_by_its_name(archive, weights):
    archive.files["weights.th"] = pickled(weights)
    with pytest.raises(NotLoadable, match="weights.th holds a (list|dict) that does not map names to tensors"):
        load(archive.packed())


def test_weights_that_expand(archive):
    """`torch.load` expands the entries of a zip file, although `torch.save` never compresses them."""
    weights, bomb = io.BytesIO(pickled({"weight": torch.zeros(1 << 16)})), io.BytesIO()
    with zipfile.ZipFile(weights) as plain, zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as compressed:
        for entry in plain.infolist():
            compressed.writestr(entry.filename, plain.read(entry))
    bomb.seek(0)
    assert torch.load(bomb, weights_only=True)["weight"].shape == (1 << 16,)
    archive.files["weights.th"] = bomb.getvalue()
    with pytest.raises(NotLoadable, match="weights.th is not read: its .* bytes are compressed, and expand to 26.,..."):
        load(archive.packed())


def test_weights_that_repeat_one_number(archive):
    archive.files["weights.th"] = pickled({"weight": torch.zeros(1).expand(10**12)})
    with pytest.raises(
        NotLoadable, match="weights.th has .* bytes, but its tensors would have 4,000,000,000,000: they"
    ):
        load(archive.packed())


def test_other_bytes(archive):
    archive.files["weights.th"] = b"no weights"
    with pytest.raises(NotLoadable, match="tampered.tar.gz/weights.th is not a weights file"):
        load(archive.packed())


def test_weights_are_on_the_cpu_and_without_gradient(archive):
    archive.files["weights.th"] = pickled(OrderedDict(weight=torch.nn.Parameter(torch.zeros(2))))
    [(name, weight)] = read(archive.packed()).weights.items()
    assert name == "weight" and weight.device.type == "cpu" and not weight.requires_grad
