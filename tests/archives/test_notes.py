"""What an archive says of its model is read as text, and with the same care as the model."""

import tarfile
from pathlib import Path

import pytest

from skd_plugin.archives import NotLoadable, read_notes


@pytest.fixture
def run(tmp_path: Path) -> Path:
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "README.md").write_bytes(b"\xef\xbb\xbf# Cr\xc3\xa8me \xff\n")
    (tmp_path / "run" / "metrics.json").write_text("{}")
    (tmp_path / "run" / "other.md").write_text("not asked for")
    return tmp_path / "run"


def test_of_a_folder_and_of_an_archive(run: Path):
    expected = {"README.md": "# Crème \ufffd\n", "metrics.json": "{}"}
    with tarfile.open(run / "model.tar.gz", "w:gz") as archive:
        archive.add(run, ".", filter=lambda member: None if "model" in member.name else member)
    assert read_notes(run) == read_notes(run / "model.tar.gz") == expected


def test_a_link_is_not_followed(run: Path):
    (run / "training.json").symlink_to(run / "other.md")
    assert read_notes(run).keys() == {"README.md", "metrics.json"}
    with tarfile.open(run / "model.tar.gz", "w:gz") as archive:
        archive.add(run / "training.json", "training.json")
    with pytest.raises(NotLoadable, match="'training.json' of .*model.tar.gz is a link"):
        read_notes(run / "model.tar.gz")


def test_nothing_there(tmp_path: Path):
    with pytest.raises(NotLoadable, match="There is nothing at"):
        read_notes(tmp_path / "no.tar.gz")
