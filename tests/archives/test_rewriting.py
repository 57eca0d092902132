"""An archive is written again with one option of its model changed, completely or not at all."""

import io
import json
import tarfile
from pathlib import Path
from typing import Any, Dict

import pytest

from skd_plugin.archives import with_model_options

CONFIG: Dict[str, Any] = {"model": {"type": "some", "decoding": "old", "dropout": 0.5}, "trainer": {"num_epochs": 3}}


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """As AllenNLP writes it, with names that begin with `./` as `tar` makes them."""
    files = {"weights.th": b"weights", "./config.json": json.dumps(CONFIG).encode(), "vocabulary/labels.txt": b"O\n"}
    with tarfile.open(tmp_path / "model.tar.gz", "w:gz") as archive:
        folder = tarfile.TarInfo("vocabulary")
        folder.type, folder.mode = tarfile.DIRTYPE, 0o755
        archive.addfile(folder)
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size, member.mode = len(content), 0o640
            archive.addfile(member, io.BytesIO(content))
    return tmp_path / "model.tar.gz"


def contents(path: Path) -> Dict[str, Any]:
    with tarfile.open(path) as archive:
        return {
            member.name: (member.mode, archive.extractfile(member).read() if member.isfile() else None)
            for member in archive
        }


@pytest.mark.parametrize("in_place", [True, False])
def test_one_option_is_changed_and_all_else_stays(archive: Path, in_place: bool):
    before, out = contents(archive), archive if in_place else archive.with_name("out.tar.gz")
    with_model_options(archive, out, {"decoding": {"type": "threshold", "threshold": 0.3}})
    after = contents(out)
    mode, config = after.pop("./config.json")
    model = {"type": "some", "dropout": 0.5, "decoding": {"type": "threshold", "threshold": 0.3}}
    assert json.loads(config) == {**CONFIG, "model": model} and mode == 0o640
    assert after == {name: content for name, content in before.items() if name != "./config.json"}
    assert sorted(path.name for path in archive.parent.iterdir()) == sorted({archive.name, out.name})


def test_a_card_is_replaced(archive: Path, tmp_path: Path):
    unpacked = tmp_path / "unpacked"
    with tarfile.open(archive) as old:
        old.extractall(unpacked, filter="data")
    (unpacked / "README.md").write_text("before")
    with tarfile.open(archive, "w:gz") as new:
        new.add(unpacked, ".")
    with_model_options(archive, archive, {"temperature": 2})
    assert contents(archive)["./README.md"][1] == b"before"
    with_model_options(archive, archive, {"temperature": 2}, "then λ")
    assert contents(archive)["./README.md"][1] == "then λ".encode()


def test_an_option_is_taken_away(archive: Path):
    with_model_options(archive, archive, {"decoding": None})
    assert json.loads(contents(archive)["./config.json"][1])["model"] == {"type": "some", "dropout": 0.5}
    with_model_options(archive, archive, {"decoding": None})


def test_an_error_leaves_the_archive_as_it_was(archive: Path, monkeypatch: pytest.MonkeyPatch):
    before = archive.read_bytes()
    monkeypatch.setattr(tarfile.TarFile, "addfile", None)
    with pytest.raises(TypeError):
        with_model_options(archive, archive, {"decoding": "most_probable"})
    assert archive.read_bytes() == before and [path.name for path in archive.parent.iterdir()] == [archive.name]
